import {
  assertNotLastAdmin,
  isCurrent,
  isUsable,
  type KeyState,
  overlapEnd,
  parseOverlap,
  successorExpiry,
} from '../../domain/keys';

const key = (facts: Partial<KeyState> = {}): KeyState => ({
  ...{ id: 'key_1', role: 'admin', name: 'n', madeAtMs: 0 },
  ...{ expiresAtMs: null, revokedAtMs: null, replacedBy: null },
  ...facts,
});

test('a key opens until its end, not at it', () => {
  expect([999, 1000].map((nowMs) => isUsable(key({ expiresAtMs: 1000 }), nowMs))).toEqual([true, false]);
  expect(isUsable(key({ revokedAtMs: 1 }), 0)).toBe(false);
  expect(isCurrent(key({ replacedBy: 'key_2' }), 0)).toBe(false);
});

test.each<[unknown, number | undefined]>([
  [0, 0],
  ['0', 0],
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  [604_800, 604_800_000],
  ['168h', 604_800_000],
  ['169h', undefined],
  ['7 d', undefined],
  ['1e3', undefined],
  [-1, undefined],
  [0.5, undefined],
  [null, undefined],
  [['1d'], undefined],
  [true, undefined],
])('the time %j is read as %p ms', (value, ms) => {
  expect(parseOverlap(value)).toBe(ms);
});

test('a replaced key goes on no longer than it would have; its successor lives as long as it was made to', () => {
  expect(overlapEnd(key(), 500, 100)).toBe(600);
  expect(overlapEnd(key({ expiresAtMs: 300 }), 500, 100)).toBe(300);
  expect(successorExpiry(key(), 100)).toBeNull();
  expect(successorExpiry(key({ madeAtMs: 1_000_000, expiresAtMs: 3_000_000 }), 2_500_000)).toBe(4_500_000);
});

test.each<[string, Partial<KeyState>, boolean]>([
  ['goes on', {}, true],
  ['is replaced', { replacedBy: 'key_3' }, false],
  ['is revoked', { revokedAtMs: 5 }, false],
  ['has expired', { expiresAtMs: 10 }, false],
  ['is no admin', { role: 'platform' }, false],
  ['is the same', { id: 'key_1' }, false],
])("an admin's key may go where another %s: %p is %p", (_, facts, may) => {
  const judge = () => assertNotLastAdmin(key(), [key({ id: 'key_2', ...facts })], 10);
  if (may) expect(judge).not.toThrow();
  else expect(judge).toThrow('is the last admin key');
});

test('keys of other roles, and those that are over, may always go', () => {
  for (const facts of [{ role: 'read' }, { revokedAtMs: 1 }, { expiresAtMs: 10 }] as const) {
    expect(() => assertNotLastAdmin(key(facts), [], 10)).not.toThrow();
  }
});
