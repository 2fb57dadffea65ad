// One calculation, seen from everywhere: whatever a workspace's periods, grants, terms and late usage are, the preview, the
// dashboard, the credits, the stored standing and the invoice issued next agree to the nano-dollar, and the books add up.
import fc from 'fast-check';
import { closePeriodEarly } from '../../commands/close-period';
import { readBooks } from '../../db/books/trial-balance';
import { shardCount } from '../../db/metering/shards';
import { formatInstant, hourMs } from '../../domain/period';
import { type Minutebook, sendUsage, startMinutebook } from '../api/minutebook';
import { at } from '../db/fixtures';

const months = ['2024-11', '2024-12', '2025-01', '2025-02'];
const begin = '2025-02-20T10:20:00Z';

let book: Minutebook;
let runs = 0;
beforeAll(async () => {
  book = await startMinutebook({ now: begin, freeCreditsUsd: '0' });
  const price = { instanceType: 'gpu', usdPerMinute: '0.012345679' };
  await put('/v1/prices', [
    { ...price, effectiveFrom: '2024-01-01T00:00:00Z' },
    { ...price, usdPerMinute: '0.01', effectiveFrom: '2025-01-10T02:00:00Z' },
  ]);
});
afterAll(() => book.close());

async function put(url: string, body: unknown): Promise<void> {
  const { status, body: answer } = await book.call('PUT', url, { body });
  if (status >= 300) throw new Error(`${url}: ${answer.detail}`);
}

// Few days and hours, so that usage, grants and terms meet often; the last are around the present.
const hour = fc.oneof(
  fc
    .record({ month: fc.constantFrom(...months), day: fc.constantFrom('01', '10'), hour: fc.nat(4) })
    .map(({ month, day, hour: ofDay }) => at(`${month}-${day}T0${ofDay}:00:00Z`)),
  fc.integer({ min: 7, max: 9 }).map((ofDay) => at(`2025-02-20T0${ofDay}:00:00Z`)),
);
const usage = fc.record({
  fromMs: hour,
  minutes: fc.integer({ min: 1, max: 90 }),
  replica: fc.constantFrom('r1', 'r2'),
});
const amount = fc.constantFrom('0.000000001', '0.3', '0.777777777', '1', '3');
const grant = fc.record({
  amount,
  validFromMs: hour,
  lastsHours: fc.option(fc.integer({ min: 1, max: 60 })),
  priority: fc.constantFrom(1, 100),
});
const terms = fc.record({
  fromMs: hour,
  tier: fc.option(amount),
  program: fc.option(fc.constantFrom('education', 'nonprofit')),
});

type Happening =
  | { kind: 'late'; usage: { fromMs: number; minutes: number; replica: string } }
  | { kind: 'grant'; grant: { amount: string; validFromMs: number; lastsHours: number | null; priority: number } }
  | { kind: 'end'; fromMs: number }
  | { kind: 'later'; hours: number }
  | { kind: 'close early' | 'issue' | 'open next' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('late' as const), usage }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('grant' as const), grant }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), fromMs: hour }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('later' as const), hours: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('close early' as const, 'issue' as const, 'issue' as const, 'open next' as const),
    }),
  },
);

type Bill = { readonly creditsApplied: string; readonly [amount: string]: string };
type Billed = { readonly bill: Bill; readonly parts: readonly unknown[] };
type Grant = {
  key: string;
  amount: string;
  remaining: string;
  pending: string;
  status: string;
  lost: string;
  validFrom: string;
  validUntil: string | null;
};
type Credits = { grants: Grant[]; pending: string; available: string; burnPerHour: string; level: string };
type Period = { period: string; status: string };

class World {
  private grants = 0;
  private nowMs = at(begin);

  private constructor(
    readonly workspace: string,
    readonly shard: number,
  ) {}

  static async create(): Promise<World> {
    const workspace = `w${++runs}`;
    book.setClock(begin);
    const body = { name: 'W', billingEmail: 'w@example.com', startsAt: '2024-11-01T00:00:00Z' };
    await put(`/v1/workspaces/${workspace}`, body);
    const row = await book.db('workspaces').where({ id: workspace }).first('shard');
    return new World(workspace, row.shard);
  }

  async use({ fromMs, minutes, replica }: { fromMs: number; minutes: number; replica: string }): Promise<void> {
    const facts = { workspace: this.workspace, model: 'm', version: 'v1', instanceType: 'gpu', phase: 'serving' };
    const range = { from: formatInstant(fromMs), to: formatInstant(fromMs + minutes * 60_000) };
    await sendUsage(book, [{ ...facts, replica, ...range }], formatInstant(this.nowMs));
  }

  async give(given: { amount: string; validFromMs: number; lastsHours: number | null; priority: number }) {
    const validUntil =
      given.lastsHours === null ? {} : { validUntil: formatInstant(given.validFromMs + given.lastsHours * hourMs) };
    const body = { key: `g${++this.grants}`, amount: given.amount, kind: 'goodwill', priority: given.priority };
    await book.call('POST', `/v1/workspaces/${this.workspace}/grants`, {
      body: { ...body, validFrom: formatInstant(given.validFromMs), ...validUntil },
    });
  }

  async agree(change: { fromMs: number; tier: string | null; program: string | null }): Promise<void> {
    const tiers = [
      { upTo: change.tier, percent: 0 },
      { upTo: null, percent: 33.33 },
    ];
    await put(`/v1/workspaces/${this.workspace}/terms`, {
      effectiveFrom: formatInstant(change.fromMs),
      plan: 'pro',
      ...(change.tier === null ? {} : { volumeTiers: tiers }),
      ...(change.program === null ? {} : { programDiscount: { kind: change.program, percent: 12.5 } }),
    });
  }

  async happen(what: Happening): Promise<void> {
    switch (what.kind) {
      case 'late':
        return this.use(what.usage);
      case 'grant':
        return this.give(what.grant);
      case 'end': {
        // Refused where there is none, or where an invoice has drawn it: that is a state, too.
        const body = { from: formatInstant(what.fromMs) };
        await book.call('POST', `/v1/workspaces/${this.workspace}/grants/g1/end`, { body });
        return;
      }
      case 'later':
        this.nowMs += what.hours * hourMs;
        book.setClock(formatInstant(this.nowMs));
        return;
      case 'close early':
        return this.closeEarly();
      case 'issue':
        return this.issueNext();
      case 'open next': {
        const last = (await this.periods()).at(-1)?.period ?? '';
        if (last < '2025-04') await book.activities.billing.openNextPeriod({ workspace: this.workspace, month: last });
        return;
      }
      default:
        what satisfies never;
    }
  }

  async settle(): Promise<void> {
    const itsShard = { group: this.shard, groups: shardCount };
    await book.activities.usage.foldReports(itsShard);
    await book.activities.usage.rollUpHours(itsShard);
    await book.activities.usage.applyCredits(itsShard);
  }

  private async closeEarly(): Promise<void> {
    const running = (await this.unissued()).at(-1);
    if (running === undefined || at(`${running}-01T00:00:00Z`) > this.nowMs) return;
    const author = { actor: 'test', nowMs: this.nowMs };
    await book.db.transaction((trx) => closePeriodEarly(trx, { workspace: this.workspace, month: running, author }));
  }

  /** The invoice says what the preview said, and takes from each grant what was promised to it. */
  private async issueNext(): Promise<void> {
    await this.settle();
    const [month] = await this.unissued();
    if (month === undefined) return;
    const preview = await this.get<Billed>(`invoices/upcoming?period=${month}`);
    const before = await this.get<Credits>('credits');
    const finalized = await book.activities.billing.finalizeInvoice({ workspace: this.workspace, month });
    const after = await this.get<Credits>('credits');
    expect([after.available, after.burnPerHour, after.level]).toEqual([
      before.available,
      before.burnPerHour,
      before.level,
    ]);
    for (const grant of after.grants) {
      const was = before.grants.find(({ key }) => key === grant.key);
      const drawn = nanos(was?.remaining ?? '') - nanos(grant.remaining);
      expect(nanos(grant.pending) + drawn).toBe(nanos(was?.pending ?? ''));
    }
    if (finalized.kind !== 'invoiced') return;
    const { body } = await book.call<Billed>('GET', `/v1/invoices/${finalized.invoiceId}`);
    expect(body.bill).toEqual(preview.bill);
    expect((await this.get<Billed>(`usage?period=${month}`)).bill).toEqual(preview.bill);
  }

  async expectAgreement(): Promise<void> {
    const credits = await this.get<Credits>('credits');
    const unissued = await this.unissued();
    let applied = 0n;
    for (const month of unissued) {
      const preview = await this.get<Billed>(`invoices/upcoming?period=${month}`);
      const dashboard = await this.get<Billed>(`usage?period=${month}`);
      expect([month, dashboard.bill, dashboard.parts]).toEqual([month, preview.bill, preview.parts]);
      applied += nanos(preview.bill.creditsApplied);
    }
    const pending = credits.grants.reduce((sum, grant) => sum + nanos(grant.pending), 0n);
    expect(nanos(credits.pending)).toBe(pending);
    // Without an open period what is owed still counts against the credits, though no period shows it.
    if (unissued.length > 0) expect(pending).toBe(applied);
    const left = credits.grants.filter(({ status }) => status === 'active');
    expect(left.reduce((sum, grant) => sum + nanos(grant.remaining) - nanos(grant.pending), 0n)).toBe(
      nanos(credits.available),
    );
    await this.expectStored(credits);
    const { checks } = await readBooks(book.db, { workspace: this.workspace, month: null });
    expect(checks.filter(({ holds }) => !holds)).toEqual([]);
  }

  private async expectStored(credits: Credits): Promise<void> {
    await book.activities.guard.judge({ workspace: this.workspace });
    const stored = await book.db('guards').where({ workspace_id: this.workspace }).first();
    expect(stored.remaining_nanos).toBe(nanos(credits.available));
  }

  async get<Body>(path: string): Promise<Body> {
    const { status, body } = await book.call<Body>('GET', `/v1/workspaces/${this.workspace}/${path}`);
    expect([path, status, body]).toEqual([path, 200, expect.anything()]);
    return body;
  }

  private async periods(): Promise<Period[]> {
    return (await this.get<{ items: Period[] }>('periods')).items;
  }

  async unissued(): Promise<string[]> {
    return (await this.periods())
      .filter(({ status }) => ['open', 'waiting'].includes(status))
      .map(({ period }) => period);
  }
}

function nanos(usd: string): bigint {
  return BigInt(usd.replace('.', ''));
}

it('preview, dashboard, credits, standing and the next invoice agree in every state', async () => {
  const worlds = fc.record({
    terms: fc.array(terms, { maxLength: 2 }),
    grants: fc.array(grant, { maxLength: 3 }),
    usage: fc.array(usage, { minLength: 1, maxLength: 6 }),
    happenings: fc.array(happening, { minLength: 3, maxLength: 8 }),
  });
  const agree = async (facts: typeof worlds extends fc.Arbitrary<infer Facts> ? Facts : never) => {
    const world = await World.create();
    for (const change of facts.terms) await world.agree(change);
    for (const given of facts.grants) await world.give(given);
    for (const used of facts.usage) await world.use(used);
    await world.settle();
    await world.expectAgreement();
    for (const what of facts.happenings) {
      await world.happen(what);
      await world.settle();
      await world.expectAgreement();
    }
  };
  await fc.assert(fc.asyncProperty(worlds, agree), { numRuns: Number(process.env['AGREEMENT_RUNS'] ?? 8) });
}, 240_000);

it('what is owed while no period is open counts against the credits, and the period opened next bills it', async () => {
  const world = await World.create();
  await world.give({ amount: '3', validFromMs: at('2024-11-01T00:00:00Z'), lastsHours: null, priority: 1 });
  await world.use({ fromMs: at('2025-02-01T00:00:00Z'), minutes: 60, replica: 'r1' });
  await world.happen({ kind: 'close early' });
  for (let month = 0; month < 4; month++) await world.happen({ kind: 'issue' });
  expect(await world.unissued()).toEqual([]);
  await world.use({ fromMs: at('2025-02-01T02:00:00Z'), minutes: 60, replica: 'r1' });
  await world.settle();
  const lost = await world.get<Credits>('credits');
  expect([lost.pending, lost.available]).toEqual(['0.600000000', '1.800000000']);
  await world.expectAgreement();
  await world.happen({ kind: 'open next' });
  await world.settle();
  expect(await world.get('invoices/upcoming?period=2025-03')).toMatchObject({
    bill: { creditsApplied: '0.600000000' },
  });
  await world.expectAgreement();
});

it('issuing the running month early changes neither what is left nor what burns', async () => {
  const world = await World.create();
  await world.give({ amount: '3', validFromMs: at('2024-11-01T00:00:00Z'), lastsHours: null, priority: 1 });
  await world.use({ fromMs: at('2025-02-20T09:00:00Z'), minutes: 60, replica: 'r1' });
  await world.settle();
  expect(await world.get('credits')).toMatchObject({
    burnPerHour: '0.600000000',
    available: '2.400000000',
    level: 'low',
  });
  await world.happen({ kind: 'close early' });
  for (let month = 0; month < 4; month++) await world.happen({ kind: 'issue' });
  expect(await world.unissued()).toEqual([]);
  expect(await world.get('credits')).toMatchObject({
    pending: '0.000000000',
    burnPerHour: '0.600000000',
    level: 'low',
  });
  await world.expectAgreement();
});
