// A guarded workspace to which anything may happen, and what its guard does about it. Time stands still unless a step moves it.
import { changePrices } from '../../commands/change-prices';
import { changeTerms } from '../../commands/change-terms';
import { applyCredits } from '../../commands/compute-standings';
import type { Connections } from '../../commands/connections';
import { correctUsage } from '../../commands/correct-usage';
import { mendGuards } from '../../commands/mend-guards';
import { endPastDuePause, pausePastDue } from '../../commands/pause-past-due';
import { liftSuspension, suspendWorkspace } from '../../commands/suspend-workspace';
import { takeCorrectionBack } from '../../commands/take-correction-back';
import { readGate } from '../../db/guard/gate';
import { validHours } from '../../domain/credits';
import { MinutebookError } from '../../domain/errors';
import { gateOf } from '../../domain/guard/gate';
import { formatInstant, hourMs, hourOf, minuteMs } from '../../domain/period';
import type { Terms } from '../../domain/terms';
import { createWorkspace, giveGrant, putPrices, report, usd } from '../harness/workspace';
import { Fleet } from './guard-fleet';
import type { Happening } from './guard-happenings';
import { Invoices } from './guard-invoices';
import { Oracle } from './guard-oracle';
import { GuardWorkflow } from './guard-workflow';
import { type Guarding, instant } from './guarding';

export const begin = instant('2025-03-10T10:00:00Z');
const startsAtMs = instant('2025-01-01T00:00:00Z');
const price = { fromHour: hourOf(instant('2020-01-01T00:00:00Z')), priceNanos: usd('0.5') };
type Of<Kind extends Happening['kind']> = Extract<Happening, { kind: Kind }>;
let worlds = 0;

export class World {
  readonly workspace = `p${++worlds}`;
  readonly instanceType = `gpu-${worlds}`;
  readonly fleet: Fleet;
  readonly oracle: Oracle;
  readonly workflow: GuardWorkflow;
  readonly invoices: Invoices;
  /** Whether nobody took reports for a time: what nobody had foreseen may have run then. */
  wasAway = false;
  lagMinutes = 0;
  #reportedMs = begin;
  #corrections: string[] = [];
  #keys = 0;

  constructor(readonly g: Guarding) {
    const { workspace, instanceType } = this;
    const now = () => g.now();
    this.fleet = new Fleet({ workspace, instanceType, now });
    this.oracle = new Oracle(this.fleet, { beginMs: begin, now, price });
    this.workflow = new GuardWorkflow(g, this);
    this.invoices = new Invoices(g, this);
  }

  get connections(): Connections {
    return { ...this.g.connections, models: this.fleet.gateway(this.workflow) };
  }

  get author() {
    return { actor: 'test', nowMs: this.g.now() };
  }

  async set(terms: Partial<Terms>): Promise<void> {
    const { g, workspace, instanceType } = this;
    g.setNow(begin);
    await createWorkspace(g.db, { id: workspace, startsAtMs, nowMs: begin });
    await putPrices(g.db, { instanceType, points: [{ fromMs: price.fromHour * hourMs, usdPerMinute: '0.5' }] });
    await this.invoices.issue();
    await this.happen({ kind: 'terms', terms, afterHours: 0 });
    await this.happen({ kind: 'grant', amount: '12', lastsHours: null, isBackdated: false });
    await this.happen({ kind: 'start', replicas: 1, phase: 'serving' });
  }

  async happen(what: Happening): Promise<void> {
    const { workspace, author, oracle, fleet, g } = this;
    switch (what.kind) {
      case 'grant':
        return this.#grant(what);
      case 'start':
        // The gate refuses it where the workspace is stopped.
        if (!(await this.isStopped())) fleet.start(what);
        return;
      case 'owner stops':
        return fleet.ownerStops();
      case 'add card':
        if (!oracle.hasCard) await g.addCard(workspace);
        oracle.hasCard = true;
        return;
      case 'remove card':
        await g.removeCard(workspace);
        oracle.hasCard = false;
        return;
      case 'platform fails':
        fleet.failures = what.calls;
        return;
      case 'reporter lags':
        this.lagMinutes = what.minutes;
        return;
      case 'away':
        return this.#leaveAlone(what);
      case 'tick':
        return this.tick();
      case 'price':
        return this.#changePrice(what);
      case 'terms': {
        const point = oracle.putTerms(hourOf(g.now()) + what.afterHours, what.terms);
        await g.db.transaction((trx) => changeTerms(trx, { workspace, point, author }));
        return;
      }
      case 'correct':
        return this.#correct(what);
      case 'take back': {
        const [key] = this.#corrections.splice(what.nth % Math.max(1, this.#corrections.length), 1);
        if (key === undefined) return;
        await g.db.transaction((trx) => takeCorrectionBack(trx, { workspace, key, author }));
        oracle.voids.delete(key);
        return;
      }
      case 'past due':
        return this.invoices.becomePastDue(what.nth);
      case 'pay':
      case 'write off':
      case 'void':
        return this.invoices.settle(what);
      case 'pause':
        return this.#pause(what);
      case 'operator':
        return this.#operate(what);
      default:
        return what satisfies never;
    }
  }

  async #grant({ amount, lastsHours, isBackdated }: Of<'grant'>): Promise<void> {
    const { g, workspace, oracle } = this;
    const nowMs = g.now();
    const validUntilMs = lastsHours === null ? null : (hourOf(nowMs) + lastsHours) * hourMs;
    const validFromMs = isBackdated ? startsAtMs : nowMs;
    const given = { key: `g${++this.#keys}`, amountNanos: usd(amount), validFromMs, validUntilMs };
    await giveGrant(g.db, { workspace, nowMs, ...given });
    const of = { key: given.key, kind: 'promotional', amountNanos: given.amountNanos, priority: 100 } as const;
    oracle.grants.push({ ...of, remainingNanos: given.amountNanos, ...validHours(given) });
  }

  async #changePrice({ book, usd: amount, afterHours }: Of<'price'>): Promise<void> {
    const { g, workspace, instanceType, author } = this;
    const point = { fromHour: hourOf(g.now()) + afterHours, priceNanos: usd(amount) };
    const entry = { instanceType, ...point, ...(book === 'contract' && { workspace }) };
    await g.db.transaction((trx) => changePrices(trx, [entry], author));
    this.oracle.putPrice(book, point);
  }

  // Of what is reported: nobody takes back what nobody has said.
  async #correct({ nth, minutesAgo, minutes }: Of<'correct'>): Promise<void> {
    const { workspace, fleet, g } = this;
    const model = fleet.models[nth % fleet.models.length]?.name ?? '';
    const last = this.#reportedMs / minuteMs;
    const fromMinute = Math.max(begin / minuteMs, Math.floor(g.now() / minuteMs) - minutesAgo);
    const toMinute = Math.min(last, fromMinute + minutes);
    if (fromMinute >= toMinute) return;
    const range = { model, from: formatInstant(fromMinute * minuteMs), to: formatInstant(toMinute * minuteMs) };
    const entry = { key: `c${++this.#keys}`, reason: 'wrong', as: 'refund', ranges: [range] } as const;
    try {
      await correctUsage(this.connections, { workspace, entry, actor: 'test', isPreview: false });
    } catch (error) {
      // Nothing of it was reported, or all of it is void already.
      if (error instanceof MinutebookError && ['conflict', 'invalid_request'].includes(error.code)) return;
      throw error;
    }
    this.oracle.voids.set(entry.key, { model, fromMinute, toMinute });
    this.#corrections.push(entry.key);
  }

  async #pause({ minutes }: Of<'pause'>): Promise<void> {
    const { workspace, g, author, oracle } = this;
    const untilMs = g.now() + minutes * minuteMs;
    oracle.pausedUntilMs = minutes === 0 ? 0 : untilMs;
    await g.db.transaction(async (trx) => {
      if (minutes === 0) await endPastDuePause(trx, { workspace, author });
      else await pausePastDue(trx, { workspace, pause: { untilMs, reason: 'promised' }, author });
    });
  }

  async #operate({ scope }: Of<'operator'>): Promise<void> {
    const { workspace, g, author, oracle } = this;
    if (scope !== null && oracle.operator !== null) return;
    oracle.operator = scope;
    await g.db.transaction(async (trx) => {
      if (scope === null) await liftSuspension(trx, { workspace, author });
      else await suspendWorkspace(trx, { workspace, message: 'abuse', scope, author });
    });
  }

  // Nobody takes reports or judges, and the platform stops at the zero that it was told.
  async #leaveAlone({ minutes, isReportedFirst }: Of<'away'>): Promise<void> {
    const { g, workspace } = this;
    this.wasAway = true;
    const untilMs = g.now() + minutes * minuteMs;
    const facts = await readGate(g.db, { workspace, nowMs: g.now() });
    const runUntilMs = facts && gateOf(facts).runUntilMs;
    if (runUntilMs !== undefined && runUntilMs <= untilMs) {
      g.setNow(Math.max(g.now(), runUntilMs - 1500));
      this.fleet.stopForBilling();
    }
    g.setNow(untilMs);
    if (isReportedFirst) await this.tick();
    await this.workflow.lookIfStarted();
  }

  async isStopped(): Promise<boolean> {
    return (await this.standing()).length > 0;
  }

  /** What is suspended, as `reason scope`, in the order of the alphabet. */
  async standing(): Promise<readonly string[]> {
    const rows = await this.g.db('suspensions').where({ workspace_id: this.workspace }).whereNull('ended_at');
    return rows.map(({ reason, scope }) => `${reason} ${scope}`).sort();
  }

  async tick(): Promise<void> {
    const { shard } = await this.g.db('workspaces').where({ id: this.workspace }).first();
    await this.report();
    await this.g.meter(this.workspace);
    await applyCredits(this.connections, shard);
  }

  async mend(): Promise<void> {
    await mendGuards(this.connections);
  }

  async report(): Promise<void> {
    const nowMs = this.g.now();
    const toMs = Math.floor(nowMs / minuteMs - this.lagMinutes) * minuteMs;
    if (toMs <= this.#reportedMs) return;
    const reports = this.fleet.reports({ fromMs: this.#reportedMs, toMs });
    // A reporter of its own: another world's mark is not this one's.
    const batch = { source: this.workspace, reports, completeThroughMs: toMs, nowMs };
    await report(this.g.db, this.g.connections.appender, batch);
    this.#reportedMs = toMs;
  }

  /** Lets time pass: reports come each minute, and the guard looks when it said it would. */
  async pass(seconds: number): Promise<void> {
    const { g } = this;
    const until = g.now() + seconds * 1000;
    for (;;) {
      const next = Math.min(until, Math.max(this.workflow.lookMs, g.now() + 1000));
      g.setNow(next);
      if (next >= until) return;
      await this.report();
      await this.workflow.look();
    }
  }
}
