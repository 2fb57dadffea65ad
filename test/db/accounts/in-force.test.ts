// The price and the terms in force are known twice: to the domain, and to the SQL that the roll-up joins. They must agree.
import fc from 'fast-check';
import { readPricesOf, replacePrices } from '../../../db/accounts/prices';
import { storeTermsPoint } from '../../../db/accounts/terms';
import { UsageAppender } from '../../../db/intake/reports';
import { nanos } from '../../../domain/money';
import { hourMs, hourOf } from '../../../domain/period';
import { type PriceEntry, priceFor } from '../../../domain/pricing';
import { defaultTerms, type TermsPoint, termsInForce } from '../../../domain/terms';
import { type Phase, phases } from '../../../domain/usage';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { addPrice, addWorkspace, at, meterAll, record } from '../fixtures';

let test: TestDatabase;
const start = hourOf(at('2025-01-01T00:00:00Z'));
const hours = Array.from({ length: 12 }, (_, n) => start + n);
let runs = 0;

beforeAll(async () => {
  test = await createTestDatabase();
  for (const id of ['acme', 'other'])
    await addWorkspace(test.db, { id, startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
});
afterAll(() => test.drop());

const points = (price: fc.Arbitrary<bigint | null>) =>
  fc.uniqueArray(fc.record({ fromHour: fc.integer({ min: start, max: start + 11 }), price }), {
    maxLength: 4,
    selector: ({ fromHour }) => fromHour,
  });
const price = fc.bigInt({ min: 0n, max: 5n });
const books = fc.record({
  everybody: points(price),
  acme: points(fc.option(price, { freq: 2 })),
  other: points(fc.option(price, { freq: 2 })),
});

function entries(
  instanceType: string,
  workspace: string | undefined,
  of: readonly { fromHour: number; price: bigint | null }[],
): PriceEntry[] {
  const ascending = [...of].sort((one, another) => one.fromHour - another.fromHour);
  return ascending.map((point) => ({
    instanceType,
    fromHour: point.fromHour,
    priceNanos: point.price === null ? null : nanos(point.price),
    ...(workspace === undefined ? {} : { workspace }),
  }));
}

it('the price of an hour is the same in SQL and in the domain, contracts that end included', async () => {
  const agree = async ({
    everybody,
    acme,
    other,
  }: { [owner in 'everybody' | 'acme' | 'other']: { fromHour: number; price: bigint | null }[] }) => {
    const type = `gpu${++runs}`;
    const book = {
      everybody: entries(type, undefined, everybody),
      acme: entries(type, 'acme', acme),
      other: entries(type, 'other', other),
    };
    await test.db.transaction((trx) => replacePrices(trx, Object.values(book).flat()));
    for (const workspace of ['acme', 'other'] as const) {
      const { rows } = await test.db.raw(
        `select hour, price_nanos from unnest(?::int[]) as listed (hour)
         left join lateral price_at(?, ?, to_timestamp(hour * 3600::int8)) as price on true order by hour`,
        [hours, type, workspace],
      );
      const expected = hours.map((hour) => ({
        hour,
        price_nanos: priceFor({ contract: book[workspace], standard: book.everybody }, hour) ?? null,
      }));
      expect(rows).toEqual(expected);
    }
  };
  await fc.assert(fc.asyncProperty(books, agree), { numRuns: 60 });
});

it('what is stored reads back as the change points that it was made of', async () => {
  await fc.assert(
    fc.asyncProperty(books, async ({ everybody, acme }) => {
      const type = `gpu${++runs}`;
      const standard = entries(type, undefined, everybody);
      const contract = entries(type, 'acme', acme);
      await test.db.transaction((trx) => replacePrices(trx, [...standard, ...contract]));
      const stored = await test.db.transaction((trx) => readPricesOf(trx, [type]));
      const read = {
        standard: stored.filter(({ workspace }) => workspace === undefined),
        contract: stored.filter(({ workspace }) => workspace === 'acme'),
      };
      for (const hour of hours) expect(priceFor(read, hour)).toBe(priceFor({ standard, contract }, hour));
      // Nothing more than that: an end that ends nothing is not kept.
      expect(stored.length).toBeLessThanOrEqual(standard.length + contract.length);
    }),
    { numRuns: 60 },
  );
});

it('terms and billable phases of an hour are the same in SQL and in the domain', async () => {
  const change = fc.record({
    fromHour: fc.integer({ min: start, max: start + 11 }),
    billablePhases: fc.subarray([...phases] as Phase[], { minLength: 1 }),
    plan: fc.constantFrom('a', 'b'),
  });
  const changes = fc.uniqueArray(change, { maxLength: 4, selector: ({ fromHour }) => fromHour });
  const agree = async (
    listed: { fromHour: number; billablePhases: Phase[]; plan: string }[],
    minutes: readonly number[],
  ) => {
    const workspace = `t${++runs}`;
    await addWorkspace(test.db, { id: workspace, startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
    const terms: TermsPoint[] = [];
    for (const { fromHour, ...more } of listed) terms.push({ fromHour, terms: { ...defaultTerms, ...more } });
    const ascending = [...terms].sort((one, other) => one.fromHour - other.fromHour);
    // In the order in which they came: each is cut into what is there.
    for (const point of terms) {
      const stored = terms.slice(0, terms.indexOf(point)).map(({ fromHour }) => fromHour);
      const later = stored.filter((fromHour) => fromHour > point.fromHour);
      const untilHour = later.length === 0 ? null : Math.min(...later);
      await test.db.transaction((trx) => storeTermsPoint(trx, { workspace, point, untilHour }));
    }
    const { rows } = await test.db.raw(
      `select hour, terms ->> 'plan' as plan from unnest(?::int[]) as listed (hour)
       left join lateral terms_at(?, to_timestamp(hour * 3600::int8)) as found on true order by hour`,
      [hours, workspace],
    );
    const planIn = (hour: number) =>
      hour < (ascending[0]?.fromHour ?? Infinity) ? null : termsInForce(ascending, hour).plan;
    expect(rows).toEqual(hours.map((hour) => ({ hour, plan: planIn(hour) })));
    await expectBillable(workspace, ascending, minutes);
  };
  await addPrice(test.db, { type: 'plain', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  const spans = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: phases.length, maxLength: phases.length });
  await fc.assert(fc.asyncProperty(changes, spans, agree), { numRuns: 25 });
});

/** Each phase has a stretch of its own in every hour: what the roll-up bills of it must be what the terms say. */
async function expectBillable(
  workspace: string,
  terms: readonly TermsPoint[],
  minutes: readonly number[],
): Promise<void> {
  const reports = hours.flatMap((hour) =>
    phases.map((phase, at) => ({
      ...{ workspace, model: 'm', version: 'v', replica: 'r', instanceType: 'plain', phase },
      fromMs: hour * hourMs + at * 12 * 60_000,
      toMs: hour * hourMs + (at * 12 + (minutes[at] ?? 0)) * 60_000,
    })),
  );
  await record(test.db, new UsageAppender(), { reports, now: '2025-01-02T00:00:00Z' });
  await meterAll(test.db);
  const metered = await test
    .db('usage_hours')
    .where({ workspace_id: workspace })
    .orderBy('hour')
    .pluck('replica_minutes');
  const billable = (hour: number) =>
    termsInForce(terms, hour).billablePhases.map((phase) => minutes[phases.indexOf(phase)] ?? 0);
  expect(metered).toEqual(hours.map((hour) => billable(hour).reduce((sum, each) => sum + each, 0)));
}
