// What people change of a guarded workspace and of what it pays: credits, prices, terms, wrong usage, and their own word.
import { changePrices } from '../../commands/change-prices';
import { changeTerms } from '../../commands/change-terms';
import { correctUsage } from '../../commands/correct-usage';
import { endPastDuePause, pausePastDue } from '../../commands/pause-past-due';
import { liftSuspension, suspendWorkspace } from '../../commands/suspend-workspace';
import { takeCorrectionBack } from '../../commands/take-correction-back';
import { validHours } from '../../domain/credits';
import { MinutebookError } from '../../domain/errors';
import { formatInstant, hourMs, hourOf, minuteMs } from '../../domain/period';
import { giveGrant, usd } from '../harness/workspace';
import type { Happening } from './guard-happenings';
import type { World } from './guard-world';
import { instant } from './guarding';

/** Of the workspace. */
export const startsAtMs = instant('2025-01-01T00:00:00Z');

type Of<Kind extends Happening['kind']> = Extract<Happening, { kind: Kind }>;
type Change = Of<'grant' | 'price' | 'terms' | 'correct' | 'take back' | 'pause' | 'operator'>;

export class Changes {
  #corrections: string[] = [];
  #keys = 0;

  constructor(private readonly world: World) {}

  async make(what: Change): Promise<void> {
    switch (what.kind) {
      case 'grant':
        return this.#grant(what);
      case 'price':
        return this.#changePrice(what);
      case 'terms':
        return this.#changeTerms(what);
      case 'correct':
        return this.#correct(what);
      case 'take back':
        return this.#takeBack(what);
      case 'pause':
        return this.#pause(what);
      case 'operator':
        return this.#operate(what);
      default:
        return what satisfies never;
    }
  }

  async #grant({ amount, lastsHours, isBackdated }: Of<'grant'>): Promise<void> {
    const { g, workspace, oracle } = this.world;
    const nowMs = g.now();
    const validUntilMs = lastsHours === null ? null : (hourOf(nowMs) + lastsHours) * hourMs;
    const validFromMs = isBackdated ? startsAtMs : nowMs;
    const given = { key: `g${++this.#keys}`, amountNanos: usd(amount), validFromMs, validUntilMs };
    await giveGrant(g.db, { workspace, nowMs, ...given });
    const of = { key: given.key, kind: 'promotional', amountNanos: given.amountNanos, priority: 100 } as const;
    oracle.grants.push({ ...of, remainingNanos: given.amountNanos, ...validHours(given) });
  }

  async #changePrice({ book, usd: amount, afterHours }: Of<'price'>): Promise<void> {
    const { g, workspace, instanceType, author } = this.world;
    const point = { fromHour: hourOf(g.now()) + afterHours, priceNanos: usd(amount) };
    const entry = { instanceType, ...point, ...(book === 'contract' && { workspace }) };
    await g.db.transaction((trx) => changePrices(trx, [entry], author));
    this.world.oracle.putPrice(book, point);
  }

  // Of what is reported: nobody takes back what nobody has said.
  async #correct({ nth, minutesAgo, minutes }: Of<'correct'>): Promise<void> {
    const { workspace, fleet, g, connections } = this.world;
    const model = fleet.models[nth % fleet.models.length]?.name ?? '';
    const last = this.world.reportedMs / minuteMs;
    const fromMinute = Math.max(0, Math.floor(g.now() / minuteMs) - minutesAgo);
    const toMinute = Math.min(last, fromMinute + minutes);
    if (fromMinute >= toMinute) return;
    const range = { model, from: formatInstant(fromMinute * minuteMs), to: formatInstant(toMinute * minuteMs) };
    const entry = { key: `c${++this.#keys}`, reason: 'wrong', as: 'refund', ranges: [range] } as const;
    try {
      await correctUsage(connections, { workspace, entry, actor: 'test', isPreview: false });
    } catch (error) {
      // Nothing of it was reported, or all of it is void already.
      if (error instanceof MinutebookError && ['conflict', 'invalid_request'].includes(error.code)) return;
      throw error;
    }
    this.world.oracle.voids.set(entry.key, { model, fromMinute, toMinute });
    this.#corrections.push(entry.key);
  }

  async #pause({ minutes }: Of<'pause'>): Promise<void> {
    const { workspace, g, author, oracle } = this.world;
    const untilMs = g.now() + minutes * minuteMs;
    oracle.pausedUntilMs = minutes === 0 ? 0 : untilMs;
    await g.db.transaction(async (trx) => {
      if (minutes === 0) await endPastDuePause(trx, { workspace, author });
      else await pausePastDue(trx, { workspace, pause: { untilMs, reason: 'promised' }, author });
    });
  }

  async #operate({ scope }: Of<'operator'>): Promise<void> {
    const { workspace, g, author, oracle } = this.world;
    if (scope !== null && oracle.operator !== null) return;
    oracle.operator = scope;
    await g.db.transaction(async (trx) => {
      if (scope === null) await liftSuspension(trx, { workspace, author });
      else await suspendWorkspace(trx, { workspace, message: 'abuse', scope, author });
    });
  }

  async #changeTerms({ terms, afterHours }: Of<'terms'>): Promise<void> {
    const { g, workspace, oracle, author } = this.world;
    const point = oracle.putTerms(hourOf(g.now()) + afterHours, terms);
    await g.db.transaction((trx) => changeTerms(trx, { workspace, point, author }));
  }

  async #takeBack({ nth }: Of<'take back'>): Promise<void> {
    const { g, workspace, oracle, author } = this.world;
    const [key] = this.#corrections.splice(nth % Math.max(1, this.#corrections.length), 1);
    if (key === undefined) return;
    await g.db.transaction((trx) => takeCorrectionBack(trx, { workspace, key, author }));
    oracle.voids.delete(key);
  }
}
