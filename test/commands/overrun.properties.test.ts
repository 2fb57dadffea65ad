// Overrun against plain models: sets of minutes, each inside an episode or not. What is written off is what the bill owes with
// and without them; whatever is reported late, corrected, taken back and voided, each minute inside is written off exactly once,
// and each outside is owed.
import fc from 'fast-check';
import { readBooks } from '../../db/books/trial-balance';
import { computeBill } from '../../domain/bill';
import type { Grant } from '../../domain/credits';
import { nanos, roundToCentsHalfUp, zeroNanos } from '../../domain/money';
import { formatInstant, hourMs, type Month, minuteMs, monthHours } from '../../domain/period';
import { type Minutebook, sendUsage, startMinutebook } from '../api/minutebook';
import { at, meterAll } from '../db/fixtures';
import { termsWith } from '../domain/metering';
import { addEpisode } from '../harness/episodes';

let book: Minutebook;
let runs = 0;
const price = 10_000_000n;
const odd = 12_345_679n;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-01T00:00:00Z', freeCreditsUsd: '0', settings: { deadlineMs: 0 } });
  const of = (instanceType: string, nanosPerMinute: bigint) => ({
    instanceType,
    usdPerMinute: `0.0${nanosPerMinute}`.slice(0, 11),
    effectiveFrom: '2024-01-01T00:00:00Z',
  });
  await must('PUT', '/v1/prices', [of('gpu', price), of('odd', odd)]);
});
afterAll(() => book.close());

async function must(method: 'PUT' | 'POST' | 'DELETE', url: string, body?: unknown): Promise<void> {
  const { status, body: answer } = await book.call<{ detail?: string }>(method, url, { body });
  if (status >= 300) throw new Error(`${url}: ${answer.detail}`);
}

const runsOf = () => ({ numRuns: Number(process.env['OVERRUN_RUNS'] ?? 6), endOnFailure: true });
const begin = at('2025-01-31T22:00:00Z') / minuteMs;
const span = 6 * 60;

// Some hours around a month's end, in minutes from their first.
const stretch = (longest: number) =>
  fc.record({ from: fc.nat(span - 1), minutes: fc.integer({ min: 1, max: longest }) }).map(({ from, minutes }) => ({
    from,
    to: Math.min(span, from + minutes),
  }));
const usage = fc.record({ ...{ replica: fc.constantFrom('r1', 'r2', 'r3') }, at: stretch(200) });
// Apart, as the database wants them: cut at what comes before.
const episodes = fc.array(stretch(100), { minLength: 1, maxLength: 4 }).map((found) => {
  let last = 0;
  return [...found]
    .sort((one, other) => one.from - other.from)
    .flatMap(({ from, to }) => {
      const range = { from: Math.max(from, last), to };
      if (range.from >= range.to) return [];
      last = to;
      return [range];
    });
});
type Range = { readonly from: number; readonly to: number };

class World {
  /** Minutes of replicas that were used, void by a standing correction, or void for good with an invoice. */
  readonly used = new Map<string, number>();
  readonly standing = new Map<string, Range>();
  private month = 1;
  private keys = 0;

  private constructor(
    readonly workspace: string,
    readonly episodes: readonly Range[],
    private readonly instanceType: string,
  ) {}

  static async create(facts: { episodes: readonly Range[]; instanceType: string; terms?: object }): Promise<World> {
    const workspace = `p${++runs}`;
    book.setClock('2025-01-31T12:00:00Z');
    const url = `/v1/workspaces/${workspace}`;
    await must('PUT', url, { name: 'P', billingEmail: 'p@example.com', startsAt: '2025-01-01T00:00:00Z' });
    if (facts.terms)
      await must('PUT', `${url}/terms`, { effectiveFrom: '2025-01-01T00:00:00Z', plan: 'p', ...facts.terms });
    for (const [index, { from, to }] of facts.episodes.entries()) {
      const range = { from: instant(from), until: instant(to) };
      await addEpisode(book.db, workspace, { ...range, number: index + 1 });
    }
    return new World(workspace, facts.episodes, facts.instanceType);
  }

  async use({ replica, at: { from, to } }: { readonly replica: string; readonly at: Range }): Promise<void> {
    if (this.month === 1) book.setClock('2025-02-10T00:00:00Z');
    for (let minute = from; minute < to; minute++) this.used.set(`${replica} ${minute}`, minute);
    const facts = {
      workspace: this.workspace,
      model: 'm',
      version: 'v',
      instanceType: this.instanceType,
      phase: 'serving',
    };
    const { status } = await sendUsage(book, [{ ...facts, replica, from: instant(from), to: instant(to) }]);
    expect(status).toBe(202);
  }

  async issue(): Promise<void> {
    const month = `2025-${String(this.month++).padStart(2, '0')}`;
    book.setClock(`2025-${String(this.month).padStart(2, '0')}-10T00:00:00Z`);
    await book.activities.billing.openNextPeriod({ workspace: this.workspace, month });
    await book.activities.billing.finalizeInvoice({ workspace: this.workspace, month });
  }

  async correct(range: Range): Promise<void> {
    const key = `c${++this.keys}`;
    const body = { key, reason: 'wrong', void: [{ model: 'm', from: instant(range.from), to: instant(range.to) }] };
    const { status } = await book.call('POST', `/v1/workspaces/${this.workspace}/corrections`, { body });
    // Nothing reported there, or void already.
    if (status === 201) this.standing.set(key, range);
    else expect([400, 409]).toContain(status);
  }

  async takeBack(nth: number): Promise<void> {
    const key = [...this.standing.keys()][nth % Math.max(1, this.standing.size)];
    if (key === undefined) return;
    await must('DELETE', `/v1/workspaces/${this.workspace}/corrections/${key}`);
    this.standing.delete(key);
  }

  async voidOne(nth: number): Promise<void> {
    const invoices = await book
      .db('invoices')
      .where({ workspace_id: this.workspace })
      .where('remaining_cents', '>', 0)
      .orderBy('number');
    const invoice = invoices[nth % Math.max(1, invoices.length)];
    if (invoice === undefined) return;
    await must('POST', `/v1/invoices/${invoice.id}/void`, { key: `v${++this.keys}`, reason: 'wrong', usage: 'owed' });
  }

  /** Minutes that count, each with whether it lies inside an episode. */
  counted(): readonly { readonly minute: number; readonly isInside: boolean }[] {
    const lies = (minute: number) => (range: Range) => minute >= range.from && minute < range.to;
    return [...this.used.values()]
      .filter((minute) => ![...this.standing.values()].some(lies(minute)))
      .map((minute) => ({ minute, isInside: this.episodes.some(lies(minute)) }));
  }

  /** By hour: the list amount with minutes inside episodes, and without. */
  hoursOf(month: Month, { withInside }: { readonly withInside: boolean }) {
    const { from, to } = monthHours(month);
    const hours = new Map<number, bigint>();
    for (const { minute, isInside } of this.counted()) {
      const hour = Math.floor((begin + minute) / 60);
      if (hour < from || hour >= to || (isInside && !withInside)) continue;
      hours.set(hour, (hours.get(hour) ?? 0n) + odd);
    }
    return [...hours]
      .sort(([one], [other]) => one - other)
      .map(([hour, listNanos]) => ({ hour, listNanos: nanos(listNanos) }));
  }

  async expectEachMinuteOnce(): Promise<void> {
    const { rows } = await book.db.raw(
      `select hour, sum(minutes)::int as minutes from standing_overrun where workspace_id = ? group by hour`,
      [this.workspace],
    );
    const written = new Map(rows.map((row: { hour: number; minutes: number }) => [row.hour / hourMs, row.minutes]));
    const inside = this.counted().filter(({ isInside }) => isInside);
    const hours = inside.map(({ minute }) => Math.floor((begin + minute) / 60));
    const truth = new Map(hours.map((hour) => [hour, hours.filter((each) => each === hour).length]));
    expect(written).toEqual(truth);
    const sums = await book
      .db('invoices')
      .where({ workspace_id: this.workspace })
      .select(book.db.raw('coalesce(sum(total_cents - credited_cents - written_off_cents), 0)::int as asked'))
      .first();
    expect(sums).toEqual({ asked: this.counted().filter(({ isInside }) => !isInside).length });
  }

  async expectBooks(): Promise<void> {
    const { checks } = await readBooks(book.db, { workspace: this.workspace, month: null });
    expect(checks.flatMap(({ faults }) => faults)).toEqual([]);
  }
}

function exact(amount: string) {
  return nanos(BigInt(Math.round(Number(amount) * 1e9)));
}

function instant(minute: number): string {
  return formatInstant((begin + minute) * minuteMs);
}

const terms = fc.record({
  tier: fc.option(fc.constantFrom('0.5', '1.5')),
  program: fc.option(fc.constantFrom('education', 'nonprofit')),
});
const grants = fc.array(
  fc.record({
    amount: fc.constantFrom('0.3', '0.777777777', '2'),
    fromHour: fc.integer({ min: -5, max: 5 }),
    lastsHours: fc.option(fc.integer({ min: 1, max: 5 })),
    priority: fc.constantFrom(1, 100),
  }),
  { maxLength: 2 },
);

it('writes off what the bill owes with the minutes inside episodes and without them', async () => {
  const facts = fc.record({ episodes, terms, grants, usage: fc.array(usage, { minLength: 1, maxLength: 5 }) });
  const hold = async (of: typeof facts extends fc.Arbitrary<infer Facts> ? Facts : never) => {
    const tiers = {
      volumeTiers: [
        { upTo: of.terms.tier, percent: 0 },
        { upTo: null, percent: 33.33 },
      ],
    };
    const program = { programDiscount: { kind: of.terms.program, percent: 12.5 } };
    const world = await World.create({
      episodes: of.episodes,
      instanceType: 'odd',
      terms: { ...(of.terms.tier ? tiers : {}), ...(of.terms.program ? program : {}) },
    });
    const given: Grant[] = [];
    for (const [index, each] of of.grants.entries()) {
      const hour = begin / 60 + each.fromHour;
      const until = each.lastsHours === null ? null : hour + each.lastsHours;
      const dates = { validFrom: formatInstant(hour * hourMs), validUntil: until && formatInstant(until * hourMs) };
      const body = { key: `g${index}`, kind: 'promotional', amount: each.amount, priority: each.priority, ...dates };
      const { status } = await book.call('POST', `/v1/workspaces/${world.workspace}/grants`, {
        body: Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)),
      });
      expect(status).toBe(201);
      const amountNanos = exact(each.amount);
      const { key, priority } = body;
      const validity = { validFromHour: hour, validUntilHour: until };
      given.push({ key, kind: 'promotional', amountNanos, remainingNanos: amountNanos, priority, ...validity });
    }
    for (const used of of.usage) await world.use(used);
    await world.issue();
    await world.issue();
    await world.expectBooks();
    const volumeTiers = [
      { upToNanos: exact(of.terms.tier ?? '0'), basisPoints: 0 },
      { upToNanos: null, basisPoints: 3333 },
    ];
    const kind = of.terms.program;
    const agreed = termsWith({
      ...(of.terms.tier ? { volumeTiers } : {}),
      ...(kind ? { programDiscount: { kind: kind as 'education', basisPoints: 1250 } } : {}),
    });
    const ofTerms = [{ fromHour: 0, terms: agreed }];
    let left = given;
    for (const month of ['2025-01', '2025-02']) {
      const bill = (hours: ReturnType<World['hoursOf']>, purse: readonly Grant[]) =>
        computeBill({ parts: [{ month, late: false, listBefore: zeroNanos, hours }], terms: ofTerms, grants: purse });
      const drawnBy = (draws: ReturnType<typeof bill>['draws'], key: string) =>
        draws.filter(({ grantKey }) => grantKey === key).reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
      const whole = bill(world.hoursOf(month, { withInside: true }), left);
      const drawn = left.map((each) => ({ ...each, remainingNanos: nanos(drawnBy(whole.draws, each.key)) }));
      const without = bill(world.hoursOf(month, { withInside: false }), drawn);
      left = left.map((each) => ({
        ...each,
        remainingNanos: nanos(each.remainingNanos - drawnBy(whole.draws, each.key)),
      }));
      const difference = whole.totalCents - roundToCentsHalfUp(without.amountDueNanos);
      const [invoice] = await book.db('invoices').where({ workspace_id: world.workspace, month });
      expect([month, invoice?.total_cents ?? 0n, invoice?.written_off_cents ?? 0n]).toEqual([
        month,
        whole.totalCents,
        difference > 0n ? difference : 0n,
      ]);
    }
  };
  await fc.assert(fc.asyncProperty(facts, hold), runsOf());
}, 240_000);

const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('late' as const), usage }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('correct' as const), range: stretch(120) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('take back' as const, 'void' as const), nth: fc.nat(3) }) },
);

it('writes each minute inside an episode off once, and asks for each outside, whatever comes later', async () => {
  const facts = fc.record({
    episodes,
    usage: fc.array(usage, { minLength: 2, maxLength: 5 }),
    happenings: fc.array(happening, { minLength: 4, maxLength: 8 }),
  });
  const hold = async (of: typeof facts extends fc.Arbitrary<infer Facts> ? Facts : never) => {
    const world = await World.create({ episodes: of.episodes, instanceType: 'gpu' });
    for (const used of of.usage) await world.use(used);
    await world.issue();
    await world.issue();
    for (const what of of.happenings) {
      if (what.kind === 'late') await world.use(what.usage);
      else if (what.kind === 'correct') await world.correct(what.range);
      else if (what.kind === 'take back') await world.takeBack(what.nth);
      else await world.voidOne(what.nth);
      await meterAll(book.db);
      await world.issue();
      await world.expectEachMinuteOnce();
    }
    await world.expectBooks();
  };
  await fc.assert(fc.asyncProperty(facts, hold), runsOf());
}, 240_000);
