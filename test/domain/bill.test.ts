import { type Bill, type BillPart, billChain, computeBill, remainingAfter } from '../../domain/bill';
import type { Grant } from '../../domain/credits';
import { nanos } from '../../domain/money';
import { monthHours } from '../../domain/period';
import type { TermsPoint, VolumeTier } from '../../domain/terms';
import { termsWith, usd } from './metering';

const february = monthHours('2025-02').from;
const january = monthHours('2025-01').from;
const tiers: readonly VolumeTier[] = [
  { upToNanos: usd(100), basisPoints: 0 },
  { upToNanos: null, basisPoints: 1000 },
];
const tiered: TermsPoint = { fromHour: 0, terms: termsWith({ volumeTiers: tiers }) };

const part = (month: string, dollars: { readonly [hourOfMonth: number]: number }, change: Partial<BillPart> = {}) => ({
  month,
  late: false,
  listBefore: nanos(0n),
  hours: Object.entries(dollars).map(([hour, list]) => ({
    hour: monthHours(month).from + Number(hour),
    listNanos: usd(list),
  })),
  ...change,
});
const grant = (key: string, dollars: number, change: Partial<Grant> = {}): Grant => ({
  key,
  kind: 'promotional',
  amountNanos: usd(dollars),
  remainingNanos: usd(dollars),
  validFromHour: 0,
  validUntilHour: null,
  priority: 100,
  ...change,
});
const amountsOf = ({
  listNanos,
  volumeDiscountNanos,
  programDiscountNanos,
  creditsAppliedNanos,
  amountDueNanos,
}: Bill) =>
  [listNanos, volumeDiscountNanos, programDiscountNanos, creditsAppliedNanos, amountDueNanos].map(
    (amount) => Number(amount) / 1e9,
  );

describe('a bill', () => {
  test('takes off volume discount, then program discount, then credits', () => {
    const terms = [
      {
        fromHour: 0,
        terms: termsWith({ volumeTiers: tiers, programDiscount: { kind: 'education', basisPoints: 5000 } }),
      },
    ];
    const bill = computeBill({ parts: [part('2025-02', { 0: 100, 1: 100 })], terms, grants: [grant('free', 30)] });
    expect(amountsOf(bill)).toEqual([200, 10, 95, 30, 65]);
    expect(bill.totalCents).toBe(6500n);
    expect(bill.program).toEqual([{ month: '2025-02', kind: 'education', basisPoints: 5000, amountNanos: usd(95) }]);
    expect(bill.draws).toEqual([{ grantKey: 'free', hour: february, amountNanos: usd(30) }]);
  });

  test('without usage is nothing', () => {
    const bill = computeBill({ parts: [], terms: [], grants: [grant('free', 30)] });
    expect(amountsOf(bill)).toEqual([0, 0, 0, 0, 0]);
    expect(bill).toMatchObject({ totalCents: 0n, draws: [], volume: [], program: [] });
  });

  test('is rounded half-up to the cent once, and says by how much', () => {
    const hours = [0, 1, 2].map((hour) => ({ hour: february + hour, listNanos: nanos(1_666_667n) }));
    const bill = computeBill({ parts: [part('2025-02', {}, { hours })], terms: [], grants: [] });
    expect(bill).toMatchObject({ amountDueNanos: 5_000_001n, totalCents: 1n, roundingNanos: 4_999_999n });
  });

  test('starts its tiers afresh every period', () => {
    const inputs = [{ parts: [part('2025-01', { 0: 150 })] }, { parts: [part('2025-02', { 0: 150 })] }];
    const bills = billChain(inputs, { terms: [tiered], grants: [] });
    expect(bills.map(amountsOf)).toEqual([
      [150, 5, 0, 0, 145],
      [150, 5, 0, 0, 145],
    ]);
  });

  test('goes on counting L from the period start where tiers change within it, under the tiers of each hour', () => {
    const later = termsWith({
      volumeTiers: [
        { upToNanos: usd(160), basisPoints: 0 },
        { upToNanos: null, basisPoints: 5000 },
      ],
    });
    const terms = [tiered, { fromHour: february + 1, terms: later }];
    const bill = computeBill({ parts: [part('2025-02', { 0: 150, 1: 30 })], terms, grants: [] });
    expect(amountsOf(bill)).toEqual([180, 15, 0, 0, 165]);
    expect(bill.volume.map(({ fromNanos, basisPoints, amountNanos }) => [fromNanos, basisPoints, amountNanos])).toEqual(
      [
        [usd(100), 1000, usd(5)],
        [usd(160), 5000, usd(10)],
      ],
    );
  });

  test('has no discounts before the first change point, which counts what was before it', () => {
    const terms = [{ ...tiered, fromHour: february + 1 }];
    const bill = computeBill({ parts: [part('2025-02', { 0: 150, 1: 50 })], terms, grants: [] });
    expect(amountsOf(bill)).toEqual([200, 5, 0, 0, 195]);
  });

  test('under a change point has all terms replaced, the program discount too', () => {
    const program = { kind: 'nonprofit', basisPoints: 2000 } as const;
    const terms = [
      { fromHour: 0, terms: termsWith({ programDiscount: program }) },
      { fromHour: february + 1, terms: termsWith({ plan: 'other' }) },
    ];
    const bill = computeBill({ parts: [part('2025-02', { 0: 10, 1: 10 })], terms, grants: [] });
    expect(amountsOf(bill)).toEqual([20, 0, 2, 0, 18]);
  });

  test('spends grants by priority, then soonest expiry, whatever order they come in', () => {
    const grants = [
      grant('free', 30),
      grant('expiring', 5, { validUntilHour: february + 10 }),
      grant('bought', 7, { priority: 10 }),
    ];
    const parts = [part('2025-02', { 0: 10, 1: 10 })];
    const expected = [
      { grantKey: 'bought', hour: february, amountNanos: usd(7) },
      { grantKey: 'expiring', hour: february, amountNanos: usd(3) },
      { grantKey: 'expiring', hour: february + 1, amountNanos: usd(2) },
      { grantKey: 'free', hour: february + 1, amountNanos: usd(8) },
    ];
    expect(computeBill({ parts, terms: [], grants }).draws).toEqual(expected);
    expect(computeBill({ parts, terms: [], grants: grants.toReversed() }).draws).toEqual(expected);
  });

  test('lets an expired grant pay the hours before its end, and none pay those before its start', () => {
    const grants = [
      grant('old', 100, { validUntilHour: february + 2 }),
      grant('new', 100, { validFromHour: february + 3 }),
    ];
    const bill = computeBill({ parts: [part('2025-02', { 0: 1, 1: 2, 2: 4, 3: 8 })], terms: [], grants });
    expect(bill.draws.map(({ grantKey, hour }) => [grantKey, hour - february])).toEqual([
      ['old', 0],
      ['old', 1],
      ['new', 3],
    ]);
    expect(bill.amountDueNanos).toBe(usd(4));
  });

  // What the rules of tiers and validity say together; "a later report never lowers a bill" holds short of this.
  test('counts usage that a soon expiring grant pays towards the tiers, which can make later hours cheaper', () => {
    const terms = [{ fromHour: 0, terms: termsWith({ volumeTiers: tiers }) }];
    const grants = [grant('first-hour', 100, { validUntilHour: february + 1 })];
    const dueOf = (dollars: { readonly [hourOfMonth: number]: number }) =>
      computeBill({ parts: [part('2025-02', dollars)], terms, grants }).amountDueNanos;
    expect([dueOf({ 1: 100 }), dueOf({ 0: 100, 1: 100 })]).toEqual([usd(100), usd(90)]);
  });

  test('that credits cover whole is $0.00', () => {
    const bill = computeBill({ parts: [part('2025-02', { 0: 20 })], terms: [], grants: [grant('free', 30)] });
    expect(bill).toMatchObject({ amountDueNanos: 0n, totalCents: 0n, roundingNanos: 0n });
  });
});

describe('late usage', () => {
  const late = part('2025-01', { 5: 20 }, { late: true, listBefore: usd(95) });
  const own = part('2025-02', { 0: 110 });

  test('is billed before the own hours, with L going on from where the earlier invoices left it', () => {
    const bill = computeBill({ parts: [late, own], terms: [tiered], grants: [grant('free', 30)] });
    expect(
      bill.parts.map(({ month, late: isLate, volumeDiscountNanos, creditsAppliedNanos }) => [
        month,
        isLate,
        volumeDiscountNanos,
        creditsAppliedNanos,
      ]),
    ).toEqual([
      ['2025-01', true, usd(15) / 10n, usd(185) / 10n],
      ['2025-02', false, usd(1), usd(115) / 10n],
    ]);
    expect(bill.volume.map(({ month, amountNanos }) => [month, amountNanos])).toEqual([
      ['2025-01', usd(15) / 10n],
      ['2025-02', usd(1)],
    ]);
  });

  test('is billed by the terms and grants of its hours', () => {
    const terms = [
      { fromHour: 0, terms: termsWith({ programDiscount: { kind: 'education', basisPoints: 5000 } }) },
      { fromHour: february, terms: termsWith({}) },
    ];
    const grants = [
      grant('january', 100, { validUntilHour: february }),
      grant('february', 100, { validFromHour: february }),
    ];
    const bill = computeBill({ parts: [late, own], terms, grants });
    expect(bill.draws).toEqual([
      { grantKey: 'january', hour: january + 5, amountNanos: usd(10) },
      { grantKey: 'february', hour: february, amountNanos: usd(100) },
    ]);
    expect(amountsOf(bill)).toEqual([130, 0, 10, 110, 10]);
  });

  test('is paid by a grant posted later for its hours', () => {
    const grants = [grant('goodwill', 50, { validFromHour: january, validUntilHour: february })];
    const bill = computeBill({ parts: [late, own], terms: [], grants });
    expect(amountsOf(bill)).toEqual([130, 0, 0, 20, 110]);
  });

  test.each<[string, BillPart[]]>([
    ['the own part first', [own, late]],
    ['a late part twice', [late, late]],
    ['the newer late part first', [{ ...own, late: true }, late]],
    ['hours out of order', [{ ...own, hours: part('2025-02', { 0: 1, 1: 1 }).hours.toReversed() }]],
    ['an hour of another month', [{ ...own, hours: part('2025-01', { 743: 1 }).hours }]],
    ['an hour after the month', [{ ...own, hours: part('2025-03', { 0: 1 }).hours }]],
  ])('in parts with %s is a broken invariant', (_, parts) => {
    expect(() => computeBill({ parts, terms: [], grants: [] })).toThrow('money invariant broken');
  });
});

describe('a chain of bills', () => {
  test('promises the same credit once', () => {
    const inputs = [{ parts: [part('2025-01', { 0: 20 })] }, { parts: [part('2025-02', { 0: 20 })] }];
    const bills = billChain(inputs, { terms: [], grants: [grant('free', 30)] });
    expect(bills.map(amountsOf)).toEqual([
      [20, 0, 0, 20, 0],
      [20, 0, 0, 10, 10],
    ]);
    const [first, second] = bills.map((bill) => bill.draws);
    expect(remainingAfter([grant('free', 30)], { draws: first ?? [] })[0]?.remainingNanos).toBe(usd(10));
    expect(
      remainingAfter([grant('free', 30)], { draws: [...(first ?? []), ...(second ?? [])] })[0]?.remainingNanos,
    ).toBe(0n);
  });

  test('refuses draws from a grant that there is not, or beyond what is left', () => {
    const draws = [{ grantKey: 'free', hour: 0, amountNanos: usd(31) }];
    expect(() => remainingAfter([], { draws })).toThrow('known grant');
    expect(() => remainingAfter([grant('free', 30)], { draws })).toThrow('overdrawn');
  });
});
