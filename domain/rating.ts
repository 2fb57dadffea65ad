// What the terms take off one hour's list amount.
import { assertMoney, lesserNanos, type Nanos, nanos, percentHalfUp, sumNanos, zeroNanos } from './money';
import type { ProgramDiscount, Terms, VolumeTier } from './terms';

/** What one tier takes off: `basisPoints` on the share of the list amount from `fromNanos` to `upToNanos`. */
export type TierDiscount = {
  readonly tier: number;
  readonly basisPoints: number;
  readonly fromNanos: Nanos;
  readonly upToNanos: Nanos | null;
  readonly amountNanos: Nanos;
};

/** One hour under its terms. Discounts are positive; tiers that take nothing off are left out. */
export type RatedHour = {
  readonly volume: readonly TierDiscount[];
  readonly volumeNanos: Nanos;
  readonly program: (ProgramDiscount & { readonly amountNanos: Nanos }) | null;
  readonly programNanos: Nanos;
  readonly dueNanos: Nanos;
};

/**
 * D(x) by tier: each tier's percent over its share of a period's list amount x. Rounded half-up to the nano-dollar a
 * tier; differences of it telescope, so a period's discount does not depend on how its hours were cut.
 */
export function volumeDiscount(tiers: readonly VolumeTier[], listNanos: Nanos): Nanos[] {
  let fromNanos = zeroNanos;
  return tiers.map(({ upToNanos, basisPoints }) => {
    const reached = upToNanos === null ? listNanos : lesserNanos(listNanos, upToNanos);
    const share = reached > fromNanos ? nanos(reached - fromNanos) : zeroNanos;
    fromNanos = upToNanos ?? fromNanos;
    return percentHalfUp(share, basisPoints);
  });
}

/**
 * Rates one hour: `listNanos` used in it, after `listBeforeNanos` in the period before it. The volume discount is
 * D(before + list) - D(before), the program discount a percent of what that leaves, rounded half-up to the nano-dollar.
 */
export function rateHour(hour: {
  readonly listBeforeNanos: Nanos;
  readonly listNanos: Nanos;
  readonly terms: Terms;
}): RatedHour {
  const { listNanos, terms } = hour;
  // Most workspaces: a fifth of a bill's time.
  if (terms.volumeTiers.length === 0 && terms.programDiscount === null) {
    return { volume: noTiers, volumeNanos: zeroNanos, program: null, programNanos: zeroNanos, dueNanos: listNanos };
  }
  const volume = tiersOf(hour);
  const volumeNanos = sumNanos(volume.map((tier) => tier.amountNanos));
  const afterVolume = nanos(listNanos - volumeNanos);
  const program = terms.programDiscount && {
    ...terms.programDiscount,
    amountNanos: percentHalfUp(afterVolume, terms.programDiscount.basisPoints),
  };
  const programNanos = program?.amountNanos ?? zeroNanos;
  const dueNanos = nanos(afterVolume - programNanos);
  assertMoney(volumeNanos >= 0n && programNanos >= 0n && dueNanos >= 0n, 'discounts are within the list amount');
  return { volume, volumeNanos, program, programNanos, dueNanos };
}

const noTiers: readonly TierDiscount[] = [];

function tiersOf(hour: { readonly listBeforeNanos: Nanos; readonly listNanos: Nanos; readonly terms: Terms }) {
  const tiers = hour.terms.volumeTiers;
  const before = volumeDiscount(tiers, hour.listBeforeNanos);
  const after = volumeDiscount(tiers, nanos(hour.listBeforeNanos + hour.listNanos));
  return tiers.flatMap(({ upToNanos, basisPoints }, tier): TierDiscount[] => {
    const amountNanos = nanos((after[tier] ?? 0n) - (before[tier] ?? 0n));
    const fromNanos = tiers[tier - 1]?.upToNanos ?? zeroNanos;
    return amountNanos === 0n ? [] : [{ tier, basisPoints, fromNanos, upToNanos, amountNanos }];
  });
}
