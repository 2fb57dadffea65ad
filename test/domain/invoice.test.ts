import { type Bill, type BillPart, computeBill } from '../../domain/bill';
import type { Grant } from '../../domain/credits';
import { composeInvoice, initialStatus, type UsageLine } from '../../domain/invoice';
import { cents, nanos } from '../../domain/money';
import { monthHours } from '../../domain/period';
import { defaultTerms, type Terms, type TermsPoint } from '../../domain/terms';
import { termsWith, usd } from './metering';

const line = (
  change: Omit<Partial<UsageLine>, 'priceNanos'> & { replicaMinutes: number; priceNanos: bigint },
): UsageLine => ({
  month: '2025-02',
  late: false,
  model: 'llama-70b',
  version: 'v2',
  instanceType: 'A10Gx4x16',
  ...change,
  priceNanos: nanos(change.priceNanos),
  listNanos: nanos(change.priceNanos * BigInt(change.replicaMinutes)),
});
const partOf = (month: string, lines: readonly UsageLine[], late = false): BillPart => ({
  month,
  late,
  listBefore: nanos(0n),
  hours: [{ hour: monthHours(month).from, listNanos: nanos(lines.reduce((sum, each) => sum + each.listNanos, 0n)) }],
});
const always = (terms: Terms): TermsPoint[] => [{ fromHour: 0, terms }];
const free: Grant = {
  key: 'free',
  kind: 'free',
  amountNanos: usd(30),
  remainingNanos: usd(30),
  validFromHour: 0,
  validUntilHour: null,
  priority: 100,
};
const compose = (bill: Bill, usageLines: readonly UsageLine[]) =>
  composeInvoice({ workspace: 'acme', month: '2025-02', bill, usageLines });

describe('an invoice', () => {
  const tiers = [
    { upToNanos: usd(10_000), basisPoints: 0 },
    { upToNanos: usd(50_000), basisPoints: 1000 },
    { upToNanos: null, basisPoints: 1250 },
  ];
  const terms = always(termsWith({ volumeTiers: tiers, programDiscount: { kind: 'nonprofit', basisPoints: 2000 } }));
  const own = [
    line({ priceNanos: usd(1), replicaMinutes: 60_000 }),
    line({ model: 'bert', priceNanos: usd(2), replicaMinutes: 3 }),
  ];
  const late = [line({ month: '2025-01', late: true, priceNanos: usd(1), replicaMinutes: 20_000 })];
  const bill = computeBill({
    parts: [partOf('2025-01', late, true), partOf('2025-02', own)],
    terms,
    grants: [free],
  });

  test('lists usage, late usage first, then one line a tier, program and grant over the whole invoice', () => {
    const { lines } = compose(bill, [...own, ...late]);
    expect(lines.map(({ position, kind, description, month }) => [position, kind, description, month])).toEqual([
      [1, 'usage', 'llama-70b v2 on A10Gx4x16 (January 2025, reported late)', '2025-01'],
      [2, 'usage', 'bert v2 on A10Gx4x16', '2025-02'],
      [3, 'usage', 'llama-70b v2 on A10Gx4x16', '2025-02'],
      [4, 'volume_discount', 'Volume discount 10 % on 10,000.00 to 50,000.00 USD', '2025-02'],
      [5, 'volume_discount', 'Volume discount 12.5 % above 50,000.00 USD', '2025-02'],
      [6, 'program_discount', 'Non-profit discount 20 %', '2025-02'],
      [7, 'credit', 'Credits: free', '2025-02'],
    ]);
    expect(lines.map((each) => each.exactNanos)).toEqual([
      usd(20_000),
      usd(6),
      usd(60_000),
      usd(-5_000),
      nanos(-1_250_750_000_000n),
      nanos(-14_751_050_000_000n),
      usd(-30),
    ]);
    expect(lines[1]).toMatchObject({
      model: 'bert',
      version: 'v2',
      instanceType: 'A10Gx4x16',
      replicaMinutes: 3,
      priceNanos: usd(2),
    });
  });

  test('is the same whatever order its usage lines come in', () => {
    expect(compose(bill, [...own, ...late])).toEqual(compose(bill, [...late, ...own.toReversed()]));
  });

  test('has the accounts of its posting in balance', () => {
    expect(compose(bill, [...own, ...late]).entries).toEqual([
      { account: 'receivable', amountNanos: nanos(58_974_200_000_000n) },
      { account: 'credits', amountNanos: usd(30) },
      { account: 'discounts', amountNanos: nanos(21_001_800_000_000n) },
      { account: 'revenue', amountNanos: usd(-80_006) },
    ]);
  });

  test('takes the residue of rounding to its own account', () => {
    const lines = [line({ priceNanos: 5_000_001n, replicaMinutes: 1 })];
    const rounded = computeBill({ parts: [partOf('2025-02', lines)], terms: [], grants: [] });
    expect(compose(rounded, lines)).toMatchObject({
      lines: [{ amountCents: 1n, exactNanos: 5_000_001n }],
      entries: [
        { account: 'receivable', amountNanos: 10_000_000n },
        { account: 'revenue', amountNanos: -5_000_001n },
        { account: 'rounding', amountNanos: -4_999_999n },
      ],
    });
  });

  test('that credits cover whole is paid from the beginning', () => {
    const lines = [line({ priceNanos: usd(1), replicaMinutes: 20 })];
    const covered = computeBill({ parts: [partOf('2025-02', lines)], terms: always(defaultTerms), grants: [free] });
    expect(initialStatus(covered.totalCents)).toBe('paid');
    expect(initialStatus(cents(1n))).toBe('issued');
    expect(compose(covered, lines).entries).toEqual([
      { account: 'credits', amountNanos: usd(20) },
      { account: 'revenue', amountNanos: usd(-20) },
    ]);
  });

  test.each([
    ['one tier without end', [{ upToNanos: null, basisPoints: 1500 }], 'Volume discount 15 %'],
    [
      'a first tier',
      [
        { upToNanos: usd(1), basisPoints: 25 },
        { upToNanos: null, basisPoints: 0 },
      ],
      'Volume discount 0.25 % on 0.00 to 1.00 USD',
    ],
  ])('describes %s in words', (_, volumeTiers, description) => {
    const lines = [line({ priceNanos: usd(1), replicaMinutes: 20 })];
    const discounted = computeBill({
      parts: [partOf('2025-02', lines)],
      terms: always(termsWith({ volumeTiers })),
      grants: [],
    });
    expect(compose(discounted, lines).lines[1]?.description).toBe(description);
  });

  test('whose usage lines and bill do not agree is a broken invariant', () => {
    expect(() => compose(bill, own)).toThrow('money invariant broken');
    const [first, ...rest] = own.map((each) => ({ ...each }));
    if (first === undefined) throw new Error('expected a line');
    const wrong = { ...first, replicaMinutes: first.replicaMinutes + 1 };
    expect(() => compose(bill, [wrong, ...rest, ...late])).toThrow('its minutes times its price');
  });
});
