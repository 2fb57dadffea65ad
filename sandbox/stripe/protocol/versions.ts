// The API versions that Stripe has published with the major names; older ones are dates only and are not spoken here. All of
// them are answered in the shapes of the pinned one.

export const versions: readonly string[] = [
  ...['2024-09-30', '2024-10-28', '2024-11-20', '2024-12-18', '2025-01-27', '2025-02-24'].map(
    (date) => `${date}.acacia`,
  ),
  ...['2025-03-31', '2025-04-30', '2025-05-28', '2025-06-30', '2025-07-30', '2025-08-27'].map(
    (date) => `${date}.basil`,
  ),
  ...['2025-09-30', '2025-10-29', '2025-11-17', '2025-12-15'].map((date) => `${date}.clover`),
  ...['2026-01-28', '2026-02-25'].map((date) => `${date}.clover`),
  ...['2026-03-25', '2026-04-22', '2026-05-27', '2026-06-24', '2026-07-29', '2026-08-26'].map(
    (date) => `${date}.dahlia`,
  ),
  ...['2026-09-30', '2026-10-28'].map((date) => `${date}.endive`),
];
