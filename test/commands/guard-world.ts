// A guarded workspace to which anything may happen, and what its guard does about it. Time stands still unless a step moves it.
import { applyCredits } from '../../commands/compute-standings';
import type { Connections } from '../../commands/connections';
import { mendGuards } from '../../commands/mend-guards';
import { readGate } from '../../db/guard/gate';
import { gateOf } from '../../domain/guard/gate';
import { hourMs, hourOf, minuteMs } from '../../domain/period';
import type { Terms } from '../../domain/terms';
import { createWorkspace, putPrices, report, usd } from '../harness/workspace';
import { Changes, startsAtMs } from './guard-changes';
import { Fleet } from './guard-fleet';
import type { Happening } from './guard-happenings';
import { Invoices } from './guard-invoices';
import { Oracle } from './guard-oracle';
import { GuardWorkflow } from './guard-workflow';
import { type Guarding, instant } from './guarding';

export const begin = instant('2025-03-10T10:00:00Z');
const price = { fromHour: hourOf(instant('2020-01-01T00:00:00Z')), priceNanos: usd('0.5') };
let worlds = 0;

export class World {
  readonly workspace = `p${++worlds}`;
  readonly instanceType = `gpu-${worlds}`;
  readonly fleet: Fleet;
  readonly oracle: Oracle;
  readonly workflow: GuardWorkflow;
  readonly invoices: Invoices;
  readonly changes = new Changes(this);
  /** Whether nobody took reports for a time: what nobody had foreseen may have run then. */
  wasAway = false;
  lagMinutes = 0;
  reportedMs = begin;

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
    const { workspace, oracle, fleet, g } = this;
    switch (what.kind) {
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
      case 'grant':
      case 'price':
      case 'terms':
      case 'correct':
      case 'take back':
      case 'pause':
      case 'operator':
        return this.changes.make(what);
      case 'past due':
        return this.invoices.becomePastDue(what.nth);
      case 'pay':
      case 'write off':
      case 'void':
        return this.invoices.settle(what);
      default:
        return what satisfies never;
    }
  }

  // Nobody takes reports or judges, and the platform stops at the zero that it was told.
  async #leaveAlone({ minutes, isReportedFirst }: Extract<Happening, { kind: 'away' }>): Promise<void> {
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
    if (toMs <= this.reportedMs) return;
    const reports = this.fleet.reports({ fromMs: this.reportedMs, toMs });
    // A reporter of its own: another world's mark is not this one's.
    const batch = { source: this.workspace, reports, completeThroughMs: toMs, nowMs };
    await report(this.g.db, this.g.connections.appender, batch);
    this.reportedMs = toMs;
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
