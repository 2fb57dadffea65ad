// Twelve months of one workspace, as workflows on a time-skipping server: a price change, terms that change, late usage,
// a grant that expires, a leap February. Each invoice is compared with a reference that counts minutes one by one.

import { readBooks } from '../../db/books/trial-balance';
import {
  dayMs,
  hourMs,
  type Month,
  minuteMs,
  monthEndMs,
  monthStartMs,
  monthsFrom,
  nextMonth,
} from '../../domain/period';
import { defaultBillablePhases, type Terms } from '../../domain/terms';
import { type Phase, phases, type UsageReport } from '../../domain/usage';
import { type Billing, startBilling } from '../harness/billing';
import { countActions } from '../harness/histories';
import { giveGrant, putPrices, putTerms, usd } from '../harness/workspace';
import { expectedInvoices, type World } from './reference';

const workspace = 'voyager';
const source = 'platform';

// August to July around the first leap February that lies wholly ahead: the server's clock only goes forward.
const leapYear =
  Array.from({ length: 9 }, (_, n) => new Date().getUTCFullYear() + 1 + n).find(
    (year) => year % 4 === 0 && monthStartMs(`${year - 1}-08`) > Date.now(),
  ) ?? 0;
const months: readonly Month[] = monthsFrom(`${leapYear - 1}-08`, `${leapYear}-07`);
const startOf = (position: number) => monthStartMs(months[position] ?? '');
const endOf = (position: number) => monthEndMs(months[position] ?? '');

const priceChangeMs = startOf(3) + 9 * dayMs + 13 * hourMs;
const tiersFromMs = startOf(4) + 15 * dayMs;
const educationFromMs = startOf(8) + 4 * dayMs + 7 * hourMs;
const everythingFromMs = startOf(10) + 20 * dayMs + 23 * hourMs;

const tiers = [
  { upToNanos: usd('150'), basisPoints: 0 },
  { upToNanos: usd('400.000000001'), basisPoints: 1000 },
  { upToNanos: null, basisPoints: 2222 },
];
const education = { kind: 'education', basisPoints: 3750 } as const;
const changesOfTerms: readonly { fromMs: number; putAt: number; terms: Partial<Terms> }[] = [
  { fromMs: tiersFromMs, putAt: 4, terms: { plan: 'growth', volumeTiers: tiers } },
  { fromMs: educationFromMs, putAt: 8, terms: { plan: 'campus', programDiscount: education } },
  {
    fromMs: everythingFromMs,
    putAt: 10,
    terms: {
      plan: 'campus',
      volumeTiers: tiers,
      programDiscount: education,
      billablePhases: [...defaultBillablePhases, 'idle'],
    },
  },
];

const grants = [
  // Expires in the middle of an hour, which it still pays; spent before the free one.
  {
    key: 'spring',
    amountNanos: usd('900.7'),
    validFromMs: startOf(5) + 9 * dayMs + 10.5 * hourMs,
    validUntilMs: startOf(6) + 2 * dayMs + 15.3 * hourMs,
    priority: 10,
    givenAt: 5,
  },
  // Given when its months are invoiced already: it pays only what is reported late of them.
  { key: 'sorry', amountNanos: usd('25'), validFromMs: startOf(6), validUntilMs: startOf(8), priority: 50, givenAt: 8 },
  { key: 'free', amountNanos: usd('30'), validFromMs: startOf(0), validUntilMs: null, priority: 100, givenAt: 0 },
] as const;

const prices = {
  A10x1: [
    { fromMs: startOf(0), usdPerMinute: '0.02012' },
    { fromMs: priceChangeMs, usdPerMinute: '0.021300007' },
  ],
  'H100:8': [{ fromMs: startOf(0), usdPerMinute: '0.66613' }],
};

const world: World = {
  prices: Object.fromEntries(
    Object.entries(prices).map(([type, points]) => [
      type,
      points.map(({ fromMs, usdPerMinute }) => ({ fromMs, nanos: usd(usdPerMinute) })),
    ]),
  ),
  terms: changesOfTerms.map(({ fromMs, terms }) => ({
    fromMs,
    tiers: (terms.volumeTiers ?? []).map(({ upToNanos, basisPoints }) => [upToNanos, BigInt(basisPoints)] as const),
    programBasisPoints: BigInt(terms.programDiscount?.basisPoints ?? 0),
    idleIsBillable: terms.billablePhases?.includes('idle') ?? false,
  })),
  grants: grants.map((grant) => ({
    key: grant.key,
    nanos: grant.amountNanos,
    fromMs: grant.validFromMs,
    untilMs: grant.validUntilMs ?? Number.POSITIVE_INFINITY,
    knownFrom: grant.givenAt,
  })),
};

/** The same numbers at every run (Lehmer's generator), so that a failure can be looked at again. */
function numbersFrom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** Forty reports of a month: to the second, overlapping, some twice, one over the month's end. */
function reportsOf(position: number): UsageReport[] {
  const next = numbersFrom(position + 7);
  const lengthMs = endOf(position) - startOf(position);
  const reports = Array.from({ length: 40 }, (): UsageReport => {
    const fromMs = startOf(position) + next(lengthMs / 1000 - 1) * 1000;
    const onH100 = next(8) === 0;
    const toMs = Math.min(fromMs + (1 + next(onH100 ? 5_000 : 40_000)) * 1000, endOf(position));
    return {
      workspace,
      model: onH100 ? 'whale' : `model-${next(2)}`,
      version: `v${1 + next(2)}`,
      replica: `r${next(3)}`,
      instanceType: onH100 ? 'H100:8' : 'A10x1',
      phase: phases[next(phases.length)] as Phase,
      fromMs,
      toMs,
    };
  });
  const overTheEnd = { fromMs: endOf(position) - 90_500, toMs: endOf(position) + 150_500 };
  return [...reports, ...reports.slice(0, 5), { ...(reports[0] as UsageReport), phase: 'serving', ...overTheEnd }];
}

// Reports of the month are known to its invoice, but every fifth comes a month late and every thirteenth three months.
function knownBefore(): UsageReport[][] {
  const known: UsageReport[][] = months.map(() => []);
  months.forEach((_, position) => {
    reportsOf(position).forEach((report, n) => {
      const late = n % 13 === 12 ? 3 : n % 5 === 4 ? 1 : 0;
      known[Math.min(position + late, months.length - 1)]?.push(report);
    });
  });
  return known;
}

let billing: Billing;
beforeAll(async () => {
  billing = await startBilling();
});
afterAll(() => billing?.stop());

async function beginMonth(position: number): Promise<void> {
  const nowMs = await billing.clock();
  for (const { key, amountNanos, validFromMs, validUntilMs, priority } of grants.filter(
    ({ givenAt }) => givenAt === position,
  )) {
    await giveGrant(billing.db, { workspace, nowMs, key, amountNanos, validFromMs, validUntilMs, priority });
  }
  for (const { fromMs, terms } of changesOfTerms.filter(({ putAt }) => putAt === position)) {
    await putTerms(billing.db, { workspace, fromMs, terms });
  }
}

/** Reports what becomes known in a month, in two batches, and meters in between as the schedule would. */
async function reportMonth(position: number, reports: readonly UsageReport[]): Promise<void> {
  const middleMs = startOf(position) + 14 * dayMs;
  await billing.advanceTo(middleMs);
  await billing.report({ source, reports: reports.filter(({ toMs }) => toMs <= middleMs) });
  const metering = { workflowId: `metering-${position}`, taskQueue: 'usage', args: [{ parallel: 2 }] };
  await billing.client.workflow.execute('meterUsage', metering);
  // One mark comes hours after the month's end: that month waits for it.
  await billing.advanceTo(endOf(position) + (position === 6 ? 5 * hourMs : 1000));
  const completeThroughMs = endOf(position);
  await billing.report({ source, reports: reports.filter(({ toMs }) => toMs > middleMs), completeThroughMs });
  await billing.advanceTo(endOf(position) + 5 * hourMs + 11 * minuteMs);
  await billing.untilStatus({ workspace, month: months[position] ?? '' }, 'invoiced');
}

test('twelve months of price changes, terms, late usage and credits give the invoices of the reference', async () => {
  const reports = knownBefore();
  await billing.advanceTo(startOf(0));
  for (const [instanceType, points] of Object.entries(prices)) await putPrices(billing.db, { instanceType, points });
  await billing.createWorkspace({ id: workspace, startsAtMs: startOf(0) });
  for (let position = 0; position < months.length; position++) {
    await beginMonth(position);
    await reportMonth(position, reports[position] ?? []);
  }

  const expected = expectedInvoices(world, { months, reports });
  const invoices = await billing.db('invoices').where({ workspace_id: workspace }).orderBy('number');
  const minutes = await billing
    .db('invoice_lines')
    .where({ workspace_id: workspace, kind: 'usage' })
    .groupBy('invoice_id')
    .select('invoice_id', billing.db.raw('sum(replica_minutes)::int as minutes'));
  const minutesOf = new Map(minutes.map((row) => [row.invoice_id, row.minutes]));
  const found = invoices.map((invoice) => ({
    number: invoice.number,
    month: invoice.month,
    minutes: minutesOf.get(invoice.id),
    list: invoice.list_nanos,
    volume: invoice.volume_discount_nanos,
    program: invoice.program_discount_nanos,
    credits: invoice.credits_applied_nanos,
    due: invoice.amount_due_nanos,
    totalCents: invoice.total_cents,
  }));
  expect(found).toEqual(expected.invoices.map((invoice, at) => ({ number: at + 1, month: months[at], ...invoice })));

  const left = await billing.db('credit_grants').where({ workspace_id: workspace }).select('key', 'remaining_nanos');
  expect(Object.fromEntries(left.map((grant) => [grant.key, grant.remaining_nanos]))).toEqual(expected.left);
}, 120_000);

test('the journey went through what it is about', async () => {
  const { invoices, left } = expectedInvoices(world, { months, reports: knownBefore() });
  expect(endOf(6) - startOf(6)).toBe(29 * dayMs);
  expect(invoices.filter(({ volume }) => volume > 0n).length).toBeGreaterThan(3);
  expect(invoices.filter(({ program }) => program > 0n).length).toBeGreaterThan(2);
  expect(left['free']).toBe(0n);
  expect(left['spring']).toBeGreaterThan(0n);
  expect(left['sorry']).toBeLessThan(usd('25'));
  const late = await billing
    .db('invoice_lines')
    .where({ workspace_id: workspace })
    .whereLike('description', '%reported late%');
  expect(late.length).toBeGreaterThan(11);
});

test('its books add up, and what is receivable is what the invoices say', async () => {
  const { checks } = await readBooks(billing.db, { workspace: null, month: null });
  expect(checks.filter(({ holds }) => !holds)).toEqual([]);
  const accounts = await billing
    .db('ledger_entries')
    .groupBy('account')
    .select('account', billing.db.raw('sum(amount_nanos)::int8 as nanos'));
  const balances = new Map<string, bigint>(accounts.map((row) => [row.account, row.nanos]));
  expect([...balances.values()].reduce((sum, nanos) => sum + nanos, 0n)).toBe(0n);
  const total = await billing.db('invoices').sum({ cents: 'total_cents' }).first();
  expect(balances.get('receivable')).toBe(BigInt(total?.['cents']) * 10_000_000n);
});

test('no month of it cost more than fifteen Temporal actions, and the month after it is open', async () => {
  for (const month of months) {
    const history = await billing.handleOf({ workspace, month }).fetchHistory();
    expect(countActions(history)).toBeLessThanOrEqual(15);
  }
  expect(await billing.statusOf({ workspace, month: nextMonth(months.at(-1) ?? '') })).toBe('open');
});
