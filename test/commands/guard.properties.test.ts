// Whatever is granted, used, reported late, paid for and told to guards too late, twice or never: no workspace is stopped whose
// credits cover the next minute, and none runs on whose credits do not, once all is said.
import fc from 'fast-check';
import { applyCredits } from '../../commands/compute-standings';
import type { Connections } from '../../commands/connections';
import { judgeWorkspace } from '../../commands/judge-workspace';
import { computeBill, remainingAfter } from '../../domain/bill';
import { type Grant, isValidIn, validHours } from '../../domain/credits';
import { type Nanos, nanos, sumNanos } from '../../domain/money';
import { hourMs, hourOf, minuteMs, monthOf } from '../../domain/period';
import { defaultTerms, type Terms, type TermsPoint } from '../../domain/terms';
import type { ModelCommand, ModelsGateway } from '../../gateways/models/models';
import { createWorkspace, giveGrant, putTerms, report, serving, usd } from '../harness/workspace';
import { type Guarding, instant, startGuarding } from './guarding';

const begin = instant('2025-03-10T10:00:00Z');
const priceNanos = usd('0.5');

let g: Guarding;
let runs = 0;
beforeAll(async () => {
  g = await startGuarding();
});
afterAll(() => g?.stop());

type Happening =
  | { readonly kind: 'grant'; readonly amount: string; readonly lastsHours: number | null }
  | { readonly kind: 'start'; readonly replicas: number }
  | { readonly kind: 'owner stops' | 'add card' | 'remove card' | 'tick' }
  | { readonly kind: 'platform fails'; readonly calls: number }
  | { readonly kind: 'reporter lags'; readonly minutes: number }
  | { readonly kind: 'away'; readonly minutes: number; readonly isReportedFirst: boolean };

const amount = fc.constantFrom('1', '2.5', '7', '20', '33.3');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('grant' as const),
      amount,
      lastsHours: fc.option(fc.integer({ min: 1, max: 2 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('start' as const), replicas: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'owner stops' as const,
        'add card' as const,
        'remove card' as const,
        'tick' as const,
        'tick' as const,
        'tick' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('platform fails' as const), calls: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('reporter lags' as const), minutes: fc.integer({ min: 0, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('away' as const),
      minutes: fc.integer({ min: 1, max: 40 }),
      isReportedFirst: fc.boolean(),
    }),
  },
);
const step = fc.record({
  after: fc.integer({ min: 5, max: 900 }),
  happening,
  isHeard: fc.boolean(),
  isDoubled: fc.boolean(),
});
const terms: fc.Arbitrary<Partial<Terms>> = fc.constantFrom<Partial<Terms>[]>(
  {},
  { programDiscount: { kind: 'education', basisPoints: 5000 } },
  {
    volumeTiers: [
      { upToNanos: usd('5'), basisPoints: 0 },
      { upToNanos: null, basisPoints: 2000 },
    ],
  },
);

type Model = {
  readonly name: string;
  readonly replicas: number;
  readonly ran: { fromMs: number; toMs: number | null }[];
  by: 'owner' | 'billing' | null;
};

/** What truly runs, and who is told what. Time stands still unless a step moves it. */
class World {
  readonly workspace = `p${++runs}`;
  readonly #grants: Grant[] = [];
  readonly #models: Model[] = [];
  #hasCard = false;
  #lagMinutes = 0;
  #failures = 0;
  #wasAway = false;
  #reportedMs = begin;
  #lookMs = Number.POSITIVE_INFINITY;
  readonly #terms: readonly TermsPoint[];

  constructor(readonly changed: Partial<Terms>) {
    this.#terms = [{ fromHour: hourOf(begin), terms: { ...defaultTerms, ...changed } }];
  }

  readonly #gateway: ModelsGateway = {
    listModels: async () => {
      if (this.#fails()) return { kind: 'failed', why: 'away' };
      const models = this.#models.map(({ name: model, by }) =>
        by === null ? ({ model, state: 'active' } as const) : ({ model, state: 'stopped', stoppedBy: by } as const),
      );
      return { kind: 'listed', models };
    },
    deactivateModel: async (command) => {
      this.expectRightToStop();
      return this.#obey(command, 'billing');
    },
    reactivateModel: async (command) => {
      this.expectRightToStart();
      return this.#obey(command, null);
    },
  };

  get connections(): Connections {
    return { ...g.connections, models: this.#gateway };
  }

  async #obey({ model: name }: ModelCommand, by: 'billing' | null) {
    if (this.#fails()) return { kind: 'failed', why: 'away' } as const;
    const model = this.#models.find((each) => each.name === name);
    if (model === undefined) return { kind: 'gone' } as const;
    if (model.by !== 'owner' && model.by !== by) this.#set(model, by);
    const state = model.by === null ? { state: 'active' } : { state: 'stopped', stoppedBy: model.by };
    return { kind: 'done', now: state } as { kind: 'done'; now: { state: 'active' } };
  }

  #fails(): boolean {
    if (this.#failures === 0) return false;
    this.#failures -= 1;
    return true;
  }

  #set(model: Model, by: Model['by']): void {
    const last = model.ran.at(-1);
    if (by !== null && last?.toMs === null) last.toMs = g.now();
    if (by === null) model.ran.push({ fromMs: g.now(), toMs: null });
    model.by = by;
  }

  /** Replicas that truly ran in a minute. */
  #replicasIn(minute: number): number {
    const [from, to] = [minute * minuteMs, (minute + 1) * minuteMs];
    return this.#models.reduce((sum, { ran, replicas }) => {
      const isUsed = ran.some(({ fromMs, toMs }) => fromMs < to && (toMs ?? Math.max(g.now(), fromMs) + 1) > from);
      return sum + (isUsed ? replicas : 0);
    }, 0);
  }

  /** What is left of the grants for the minute after the present one, by the bill of all that truly ran; and what it takes. */
  #left(): { leftNanos: Nanos; needNanos: Nanos } {
    const now = Math.floor(g.now() / minuteMs);
    const hours = new Map<number, bigint>();
    for (let minute = begin / minuteMs; minute <= now; minute++) {
      const hour = Math.floor(minute / 60);
      hours.set(hour, (hours.get(hour) ?? 0n) + BigInt(this.#replicasIn(minute)) * priceNanos);
    }
    const active = this.#models.filter(({ by }) => by !== 'owner').reduce((sum, { replicas }) => sum + replicas, 0);
    const bill = (more: bigint) => {
      const next = Math.floor((now + 1) / 60);
      const all = new Map(hours).set(next, (hours.get(next) ?? 0n) + more);
      const listed = [...all].filter(([, sum]) => sum > 0n).map(([hour, sum]) => ({ hour, listNanos: nanos(sum) }));
      const part = { month: monthOf(begin), late: false, listBefore: nanos(0n), hours: listed };
      return computeBill({ parts: [part], terms: this.#terms, grants: this.#grants });
    };
    const [before, after] = [bill(0n), bill(BigInt(active) * priceNanos)];
    const valid = remainingAfter(this.#grants, before).filter((grant) => isValidIn(grant, Math.floor((now + 1) / 60)));
    const net = (of: typeof before) => of.listNanos - of.volumeDiscountNanos - of.programDiscountNanos;
    return {
      leftNanos: sumNanos(valid.map(({ remainingNanos }) => remainingNanos)),
      needNanos: nanos(net(after) - net(before)),
    };
  }

  expectRightToStop(): void {
    expect(this.#hasCard).toBe(false);
    const { leftNanos, needNanos } = this.#left();
    const isCovered = leftNanos > 0n && leftNanos >= needNanos;
    expect({ isCovered, leftNanos, needNanos, at: g.now() }).toMatchObject({ isCovered: false });
  }

  expectRightToStart(): void {
    // What was started after the last report is not in what was stopped, and a minute of all may take more than is left.
    // Nor is, of a time in which nobody took reports, what nobody had foreseen.
    if (this.#wasAway) return;
    const { leftNanos } = this.#left();
    expect({ isStarted: this.#hasCard || leftNanos > 0n, leftNanos, at: g.now() }).toMatchObject({ isStarted: true });
  }

  async set(): Promise<void> {
    g.setNow(begin);
    await createWorkspace(g.db, { id: this.workspace, nowMs: begin });
    if (Object.keys(this.changed).length > 0) {
      await putTerms(g.db, { workspace: this.workspace, fromMs: begin, terms: this.changed });
    }
    await this.happen({ kind: 'grant', amount: '12', lastsHours: null });
    await this.happen({ kind: 'start', replicas: 1 });
  }

  async happen(what: Happening): Promise<void> {
    const nowMs = g.now();
    const { workspace } = this;
    switch (what.kind) {
      case 'grant': {
        const validUntilMs = what.lastsHours === null ? null : (hourOf(nowMs) + what.lastsHours) * hourMs;
        const grant = {
          key: `g${this.#grants.length}`,
          amountNanos: usd(what.amount),
          validFromMs: nowMs,
          validUntilMs,
        };
        await giveGrant(g.db, { workspace, nowMs, ...grant });
        const of = { key: grant.key, kind: 'promotional', amountNanos: grant.amountNanos, priority: 100 } as const;
        this.#grants.push({ ...of, remainingNanos: grant.amountNanos, ...validHours(grant) });
        return;
      }
      case 'start': {
        // The gate refuses it where the workspace is stopped.
        if (await this.#isStopped()) return;
        const model = { name: `m${this.#models.length}`, replicas: what.replicas, ran: [], by: null };
        this.#models.push(model);
        return this.#set(model, null);
      }
      case 'owner stops': {
        const model = this.#models.find(({ by }) => by === null);
        if (model !== undefined) this.#set(model, 'owner');
        return;
      }
      case 'add card':
        if (!this.#hasCard) await g.addCard(workspace);
        this.#hasCard = true;
        return;
      case 'remove card':
        await g.removeCard(workspace);
        this.#hasCard = false;
        return;
      case 'platform fails':
        this.#failures = what.calls;
        return;
      case 'reporter lags':
        this.#lagMinutes = what.minutes;
        return;
      case 'away':
        return this.#leaveAlone(what);
      case 'tick':
        return this.tick();
      default:
        return what satisfies never;
    }
  }

  /** Nobody takes reports or judges, and the platform stops at the zero that it was told. */
  async #leaveAlone({ minutes, isReportedFirst }: { readonly minutes: number; readonly isReportedFirst: boolean }) {
    this.#wasAway = true;
    const untilMs = g.now() + minutes * minuteMs;
    const guard = await g.guard(this.workspace);
    const zeroMs: number | null = this.#hasCard ? null : (guard?.zero_at ?? null);
    if (zeroMs !== null && zeroMs <= untilMs) {
      g.setNow(Math.max(g.now(), zeroMs - 1500));
      for (const model of this.#models) if (model.by === null) this.#set(model, 'billing');
    }
    g.setNow(untilMs);
    if (isReportedFirst) await this.tick();
    if (guard !== undefined) await this.judge();
  }

  async #isStopped(): Promise<boolean> {
    return (await g.db('suspensions').where({ workspace_id: this.workspace }).whereNull('ended_at')).length > 0;
  }

  async tick(): Promise<void> {
    const { shard } = await g.db('workspaces').where({ id: this.workspace }).first();
    await this.#report();
    await g.meter(this.workspace);
    await applyCredits(this.connections, shard);
  }

  async #report(): Promise<void> {
    const nowMs = g.now();
    const toMs = Math.floor(nowMs / minuteMs - this.#lagMinutes) * minuteMs;
    if (toMs <= this.#reportedMs) return;
    const reports = this.#models.flatMap(({ name, replicas, ran }) =>
      ran.flatMap((span) => {
        const fromMs = Math.max(span.fromMs, this.#reportedMs);
        const end = Math.min(span.toMs ?? nowMs, toMs);
        if (fromMs >= end) return [];
        const { workspace } = this;
        return Array.from({ length: replicas }, (_, n) =>
          serving({ workspace, model: name, replica: `${name}-${n}`, fromMs, toMs: end }),
        );
      }),
    );
    // A reporter of its own: another world's mark is not this one's.
    await report(g.db, g.connections.appender, { source: this.workspace, reports, completeThroughMs: toMs, nowMs });
    this.#reportedMs = toMs;
  }

  async judge(): Promise<void> {
    const { lookAt } = await judgeWorkspace(this.connections, { workspace: this.workspace });
    this.#lookMs = Date.parse(lookAt);
  }

  /** Lets time pass: reports come each minute, and the guard looks when it said it would. */
  async pass(seconds: number): Promise<void> {
    const until = g.now() + seconds * 1000;
    for (;;) {
      const next = Math.min(until, Math.max(this.#lookMs, g.now() + 1000));
      g.setNow(next);
      if (next >= until) return;
      await this.#report();
      await this.judge();
    }
  }

  async isWoken(): Promise<boolean> {
    const guard = await g.guard(this.workspace);
    return guard !== undefined && guard.wake_sequence > guard.judged_sequence;
  }

  /** All that was said is heard, all that ran is reported: what stands is right, and the platform does it. */
  async settle(): Promise<void> {
    this.#failures = 0;
    this.#lagMinutes = 0;
    for (let round = 0; round < 4; round++) {
      await this.tick();
      // By what wakes it, and by its own timer: nobody asks it besides.
      if (await this.isWoken()) await this.judge();
      await this.pass(150);
    }
    // Within the last minute that is covered it is stopped ten seconds before its end.
    await this.pass(55 + (Math.floor(g.now() / minuteMs) + 1) * 60 - g.now() / 1000);
    const { leftNanos, needNanos } = this.#left();
    const isGone = !this.#hasCard && (leftNanos === 0n || leftNanos < needNanos);
    expect({ isStopped: await this.#isStopped(), leftNanos, needNanos }).toMatchObject({ isStopped: isGone });
    for (const { by } of this.#models) expect(by === 'owner' || (by === 'billing') === isGone).toBe(true);
    expect((await g.wishes(this.workspace)).filter((wish) => wish.endsWith('unconfirmed'))).toEqual([]);
  }
}

test('no false suspension, and none that is missed', async () => {
  await fc.assert(
    fc.asyncProperty(terms, fc.array(step, { minLength: 2, maxLength: 9 }), async (changed, steps) => {
      const world = new World(changed);
      await world.set();
      for (const { after, happening: what, isHeard, isDoubled } of steps) {
        await world.pass(after);
        await world.happen(what);
        if (isHeard && (await world.isWoken())) await world.judge();
        if (isDoubled && (await g.guard(world.workspace)) !== undefined) await world.judge();
      }
      await world.settle();
    }),
    { numRuns: Number(process.env['GUARD_RUNS'] ?? 12) },
  );
}, 600_000);
