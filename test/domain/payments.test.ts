import fc from 'fast-check';
import { type Cents, cents } from '../../domain/money';
import { allocate, chargeCentsMax, chargeCentsMin, chargeOf } from '../../domain/payments';

const invoices = (...remaining: readonly bigint[]) =>
  remaining.map((each, at) => ({ id: `i${at}`, remainingCents: cents(each) }));

test.each([
  ['less than the first', 30n, [['i0', 30n]], 0n],
  ['the first exactly', 100n, [['i0', 100n]], 0n],
  [
    'the first and some of the next',
    130n,
    [
      ['i0', 100n],
      ['i2', 30n],
    ],
    0n,
  ],
  [
    'all',
    150n,
    [
      ['i0', 100n],
      ['i2', 50n],
    ],
    0n,
  ],
  [
    'more than all',
    175n,
    [
      ['i0', 100n],
      ['i2', 50n],
    ],
    25n,
  ],
  ['nothing', 0n, [], 0n],
] as const)('a payment of %s goes to the oldest invoices', (_, paid, expected, restCents) => {
  const { allocations, restCents: rest } = allocate({ cents: cents(paid), invoices: invoices(100n, 0n, 50n) });
  expect(allocations.map(({ invoice, cents: part }) => [invoice, part])).toEqual(expected);
  expect(rest).toBe(restCents);
});

test('without an unpaid invoice all of a payment is left over', () => {
  expect(allocate({ cents: cents(5n), invoices: [] })).toEqual({ allocations: [], restCents: 5n });
});

test.each([
  ['a negative payment', -1n, invoices(5n), /a payment of -1 cents/],
  ['a negative remainder', 1n, invoices(-5n), /-5 cents remain of invoice i0/],
  ['an invoice that comes twice', 1n, [...invoices(5n), ...invoices(5n)], /comes twice/],
])('%s is refused', (_, paid, unpaid, message) => {
  expect(() => allocate({ cents: cents(paid), invoices: unpaid })).toThrow(message);
});

const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 6n }), { maxLength: 20 });

test('nothing is lost and nothing allocated twice, and no invoice gets any while an older one wants some', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 7n }), amounts, (paid, remaining) => {
      const unpaid = invoices(...remaining);
      const { allocations, restCents } = allocate({ cents: cents(paid), invoices: unpaid });
      const partOf = new Map(allocations.map(({ invoice, cents: part }) => [invoice, part]));
      expect(partOf.size).toBe(allocations.length);
      expect(allocations.reduce((sum, { cents: part }) => sum + part, 0n) + restCents).toBe(paid);
      const wants = unpaid.map(({ id, remainingCents }) => remainingCents - (partOf.get(id) ?? 0n));
      expect(wants.every((want) => want >= 0n)).toBe(true);
      const firstWanting = wants.findIndex((want) => want > 0n);
      if (firstWanting === -1) return;
      expect(restCents).toBe(0n);
      for (const { id } of unpaid.slice(firstWanting + 1)) expect(partOf.has(id)).toBe(false);
    }),
  );
});

const max = 99_999_999n;

test.each([
  ['the least that is charged', 50n, [], { kind: 'charge', cents: 50n, laterCents: 0n }],
  ['a cent less is carried', 49n, [], { kind: 'carried', sumCents: 49n }],
  ['carried ones that do not reach it', 20n, [20n, 9n], { kind: 'carried', sumCents: 49n }],
  ['carried ones that reach it are charged together', 20n, [20n, 10n], { kind: 'charge', cents: 50n, laterCents: 0n }],
  ['a large one takes carried ones with it', 1000n, [20n], { kind: 'charge', cents: 1020n, laterCents: 0n }],
  ['an invoice of which nothing remains', 0n, [60n], { kind: 'nothing_remains' }],
  ['the most at once', max, [], { kind: 'charge', cents: max, laterCents: 0n }],
  ['more than that, in parts', max + 50n, [], { kind: 'charge', cents: max, laterCents: 50n }],
  ['a rest that would be too small', max + 1n, [], { kind: 'charge', cents: max - 50n, laterCents: 51n }],
])('what to charge: %s', (_, remaining, carried, expected) => {
  expect(chargeOf({ remainingCents: cents(remaining), carriedCents: carried.map(cents) })).toEqual(expected);
});

test('a negative remainder is not charged', () => {
  expect(() => chargeOf({ remainingCents: cents(60n), carriedCents: [cents(-1n)] })).toThrow(/-1 cents remain/);
});

test('charged part by part, any sum from the least on is charged whole, each part within the limits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 50n, max: 10n * max }), (sum) => {
      const parts: bigint[] = [];
      let left: Cents = cents(sum);
      while (left > 0n) {
        const now = chargeOf({ remainingCents: left, carriedCents: [] });
        if (now.kind !== 'charge') throw new Error(`${left} cents of ${sum} are left uncharged`);
        expect(now.cents >= chargeCentsMin && now.cents <= chargeCentsMax).toBe(true);
        expect(now.cents + now.laterCents).toBe(left);
        parts.push(now.cents);
        left = now.laterCents;
      }
      expect(parts.reduce((total, part) => total + part, 0n)).toBe(sum);
    }),
  );
});
