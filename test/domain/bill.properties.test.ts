// What holds of any usage, terms and grants: the promises that a customer relies on.
import fc from 'fast-check';
import { type Bill, billChain, computeBill } from '../../domain/bill';
import { type Grant, isValidIn } from '../../domain/credits';
import { composeInvoice } from '../../domain/invoice';
import { lesserNanos, nanos, sumNanos } from '../../domain/money';
import { monthHours, monthStartMs } from '../../domain/period';
import type { TermsPoint, VolumeTier } from '../../domain/terms';
import { phases, type UsageReport } from '../../domain/usage';
import { meter, type Prices, termsWith } from './metering';

const month = '2025-02';
const { from: firstHour } = monthHours(month);
const startMs = monthStartMs(month);
const hourMs = 3_600_000;

// A few hours of a few replicas: small enough that reports collide, overlap and meet change points all the time.
const spanHours = 12;
const reports = fc
  .record({
    model: fc.constantFrom('llama', 'whisper'),
    version: fc.constantFrom('v1', 'v2'),
    replica: fc.constantFrom('r1', 'r2'),
    instanceType: fc.constantFrom('T4', 'A10G'),
    phase: fc.constantFrom(...phases),
    startsAt: fc.integer({ min: 0, max: spanHours * hourMs }),
    lasts: fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 5 * hourMs })),
  })
  .map(
    ({ startsAt, lasts, ...facts }): UsageReport => ({
      workspace: 'acme',
      ...facts,
      fromMs: startMs + startsAt,
      toMs: startMs + startsAt + lasts,
    }),
  );
const usage = fc.array(reports, { minLength: 1, maxLength: 15 });

const prices: fc.Arbitrary<Prices> = fc
  .record({
    T4: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    A10G: fc.bigInt({ min: 1n, max: 10n ** 9n }),
    changesAt: fc.nat(spanHours),
  })
  .map(({ T4, A10G, changesAt }) => ({
    T4: [{ fromHour: 0, priceNanos: nanos(T4) }],
    A10G: [
      { fromHour: 0, priceNanos: nanos(A10G) },
      { fromHour: firstHour + changesAt, priceNanos: nanos(A10G * 2n) },
    ],
  }));

const volumeTiers = fc
  .record({
    end: fc.bigInt({ min: 1n, max: 10n ** 12n }),
    percents: fc.tuple(fc.nat(10_000), fc.nat(10_000)),
  })
  .map(({ end, percents: [first, last] }): VolumeTier[] => [
    { upToNanos: nanos(end), basisPoints: first },
    { upToNanos: null, basisPoints: last },
  ]);
const programDiscount = fc.record({
  kind: fc.constantFrom('education' as const, 'nonprofit' as const),
  basisPoints: fc.nat(10_000),
});
const someTerms = fc
  .record({ volumeTiers: fc.oneof(fc.constant([]), volumeTiers), programDiscount: fc.option(programDiscount) })
  .map(termsWith);
const terms: fc.Arbitrary<TermsPoint[]> = fc
  .tuple(someTerms, someTerms, fc.integer({ min: 1, max: spanHours }))
  .map(([one, other, changesAt]) => [
    { fromHour: 0, terms: one },
    { fromHour: firstHour + changesAt, terms: other },
  ]);

const grants: fc.Arbitrary<Grant[]> = fc
  .array(
    fc.record({
      amount: fc.bigInt({ min: 1n, max: 10n ** 12n }),
      from: fc.integer({ min: -2, max: spanHours }),
      lasts: fc.option(fc.integer({ min: 1, max: spanHours })),
      priority: fc.constantFrom(1, 100),
    }),
    { maxLength: 4 },
  )
  .map((list) =>
    list.map(({ amount, from, lasts, priority }, at) => ({
      key: `grant-${at}`,
      kind: 'promotional',
      amountNanos: nanos(amount),
      remainingNanos: nanos(amount),
      validFromHour: firstHour + from,
      validUntilHour: lasts === null ? null : firstHour + from + lasts,
      priority,
    })),
  );
const unlimited = grants.map((list) =>
  list.map((grant): Grant => ({ ...grant, validFromHour: 0, validUntilHour: null })),
);

type Facts = {
  readonly reports: readonly UsageReport[];
  readonly terms: readonly TermsPoint[];
  readonly prices: Prices;
  readonly grants: readonly Grant[];
};
const facts = fc.record({ reports: usage, terms, prices, grants });

function billOf({ grants: given, ...metered }: Facts): Bill {
  const { part } = meter({ month, ...metered });
  return computeBill({ parts: [part], terms: metered.terms, grants: given });
}

describe('a bill of any usage', () => {
  test('is the same in any order, with any duplicates, overlaps and splits of the reports', () => {
    const disturbance = fc.record({
      order: fc.infiniteStream(fc.nat()),
      cuts: fc.array(
        fc.record({ at: fc.nat(), share: fc.double({ min: 0.01, max: 0.99, noNaN: true }), overlap: fc.nat(90_000) }),
      ),
      repeats: fc.array(fc.nat(), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(facts, disturbance, (given, { order, cuts, repeats }) => {
        const disturbed = [...given.reports];
        for (const { at, share, overlap } of cuts) {
          const index = at % disturbed.length;
          const whole = disturbed[index];
          if (whole === undefined || whole.toMs - whole.fromMs < 2) continue;
          const cut = whole.fromMs + Math.max(1, Math.floor((whole.toMs - whole.fromMs) * share));
          disturbed[index] = { ...whole, toMs: Math.min(whole.toMs, cut + overlap) };
          disturbed.push({ ...whole, fromMs: cut });
        }
        for (const repeat of repeats) disturbed.push(...given.reports.slice(repeat % given.reports.length).slice(0, 1));
        const keys = order.take(disturbed.length);
        const shuffled = disturbed
          .map((report) => ({ report, key: Number(keys.next().value) }))
          .sort((one, other) => one.key - other.key)
          .map(({ report }) => report);
        expect(billOf({ ...given, reports: shuffled })).toEqual(billOf(given));
      }),
      { numRuns: 300 },
    );
  });

  test('has lines that add up to its total, and a posting that sums to zero', () => {
    fc.assert(
      fc.property(facts, ({ grants: given, ...metered }) => {
        const { part, usageLines } = meter({ month, ...metered });
        const bill = computeBill({ parts: [part], terms: metered.terms, grants: given });
        const { lines, entries } = composeInvoice({ workspace: 'acme', month, bill, usageLines });
        expect(lines.reduce((sum, line) => sum + line.amountCents, 0n)).toBe(bill.totalCents);
        expect(sumNanos(lines.map((line) => line.exactNanos))).toBe(bill.amountDueNanos);
        expect(sumNanos(entries.map((entry) => entry.amountNanos))).toBe(0n);
        expect(lines.map((line) => line.position)).toEqual(lines.map((_, at) => at + 1));
      }),
      { numRuns: 300 },
    );
  });

  test('never overdraws a grant, nor spends it outside its validity, nor more on an hour than it owes', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const bill = billOf(given);
        for (const grant of given.grants) {
          const draws = bill.draws.filter((draw) => draw.grantKey === grant.key);
          expect(sumNanos(draws.map((draw) => draw.amountNanos)) <= grant.remainingNanos).toBe(true);
          for (const draw of draws) expect(isValidIn(grant, draw.hour) && draw.amountNanos > 0n).toBe(true);
        }
        expect(bill.amountDueNanos >= 0n).toBe(true);
        const pairs = bill.draws.map((draw) => `${draw.grantKey} ${draw.hour}`);
        expect(new Set(pairs).size).toBe(pairs.length);
      }),
      { numRuns: 300 },
    );
  });

  test('leaves something to pay only when all grants that hold throughout are spent', () => {
    fc.assert(
      fc.property(facts, unlimited, (given, held) => {
        const bill = billOf({ ...given, grants: held });
        const owed = billOf({ ...given, grants: [] }).amountDueNanos;
        const credits = sumNanos(held.map((grant) => grant.remainingNanos));
        expect(bill.creditsAppliedNanos).toBe(lesserNanos(owed, credits));
        expect(bill.amountDueNanos).toBe(owed - bill.creditsAppliedNanos);
      }),
    );
  });

  test('over a chain draws no grant twice', () => {
    fc.assert(
      fc.property(facts, ({ grants: given, ...metered }) => {
        const { part } = meter({ month, ...metered });
        const split = Math.floor(part.hours.length / 2);
        const earlier = part.hours.slice(0, split);
        const rest = {
          ...part,
          listBefore: sumNanos(earlier.map((hour) => hour.listNanos)),
          hours: part.hours.slice(split),
        };
        const shared = { terms: metered.terms, grants: given };
        const chain = billChain([{ parts: [{ ...part, hours: earlier }] }, { parts: [rest] }], shared);
        const whole = computeBill({ parts: [part], ...shared });
        expect(chain.flatMap((bill) => bill.draws)).toEqual(whole.draws);
        expect(sumNanos(chain.map((bill) => bill.amountDueNanos))).toBe(whole.amountDueNanos);
        expect(sumNanos(chain.map((bill) => bill.volumeDiscountNanos))).toBe(whole.volumeDiscountNanos);
      }),
    );
  });
});

// More usage early in a month can move later hours into a higher tier. As long as the same terms and grants hold for
// both, the later hours never gain more than the early ones cost.
describe('a later report never lowers a bill', () => {
  const more = fc.record({ reports: usage, later: reports, prices });
  const constant = (change: Parameters<typeof termsWith>[0]): TermsPoint[] => [
    { fromHour: 0, terms: termsWith(change) },
  ];
  function neverLowers(given: Omit<Facts, 'reports'> & { reports: readonly UsageReport[]; later: UsageReport }) {
    const before = billOf(given);
    const after = billOf({ ...given, reports: [...given.reports, given.later] });
    expect(after.listNanos >= before.listNanos).toBe(true);
    expect(after.amountDueNanos >= before.amountDueNanos).toBe(true);
    expect(after.totalCents >= before.totalCents).toBe(true);
  }

  test('under a program discount and grants of any validity', () => {
    fc.assert(
      fc.property(more, fc.option(programDiscount), grants, (usageFacts, program, given) => {
        neverLowers({ ...usageFacts, terms: constant({ programDiscount: program }), grants: given });
      }),
      { numRuns: 300 },
    );
  });

  test('under volume tiers and grants that hold throughout', () => {
    fc.assert(
      fc.property(more, volumeTiers, unlimited, (usageFacts, tiers, given) => {
        neverLowers({ ...usageFacts, terms: constant({ volumeTiers: tiers }), grants: given });
      }),
      { numRuns: 300 },
    );
  });

  test('and its list amount is never lower, whatever the terms', () => {
    fc.assert(
      fc.property(facts, reports, (given, later) => {
        const after = billOf({ ...given, reports: [...given.reports, later] });
        expect(after.listNanos >= billOf(given).listNanos).toBe(true);
      }),
    );
  });
});
