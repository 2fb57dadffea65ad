// What is right for a guarded workspace at an instant: by the bill of every minute that truly ran, and by what is past due.
import { type BillPart, computeBill, remainingAfter } from '../../domain/bill';
import { type Grant, isValidIn } from '../../domain/credits';
import type { SuspensionReason, SuspensionScope } from '../../domain/guard/notices';
import { greaterNanos, type Nanos, nanos, sumNanos } from '../../domain/money';
import { minuteMs, monthOf } from '../../domain/period';
import { type PricePoint, priceFor } from '../../domain/pricing';
import { defaultTerms, type Terms, type TermsPoint, termsInForce } from '../../domain/terms';
import type { Fleet, Model } from './guard-fleet';

export const ladder = { deploysMs: 10 * minuteMs, modelsMs: 25 * minuteMs };

type Stop = { readonly reason: SuspensionReason; readonly scope: SuspensionScope };
type VoidMinutes = { readonly model: string; readonly fromMinute: number; readonly toMinute: number };

export class Oracle {
  readonly grants: Grant[] = [];
  readonly voids = new Map<string, VoidMinutes>();
  /** Invoices that are past due, and since when. */
  readonly pastDue = new Map<string, number>();
  /** Usage of months before, of invoices that are void. */
  readonly owedAgain: BillPart[] = [];
  readonly prices: { standard: readonly PricePoint[]; contract: readonly PricePoint[] };
  pausedUntilMs = 0;
  operator: SuspensionScope | null = null;
  hasCard = false;
  #terms: readonly TermsPoint[] = [];

  constructor(
    private readonly fleet: Fleet,
    private readonly of: {
      readonly beginMs: number;
      readonly now: () => number;
      readonly price: PricePoint;
    },
  ) {
    this.prices = { standard: [of.price], contract: [] };
  }

  putTerms(fromHour: number, changed: Partial<Terms>): TermsPoint {
    const point = { fromHour, terms: { ...defaultTerms, ...changed } };
    this.#terms = inPlace(this.#terms, point);
    return point;
  }

  putPrice(book: 'standard' | 'contract', point: PricePoint): void {
    this.prices[book] = inPlace(this.prices[book], point);
  }

  /** Whether somebody is sent invoices, now and in the next minute. */
  isInvoiced(): boolean {
    const hours = [hourIn(this.#minute()), hourIn(this.#minute() + 1)];
    return hours.some((hour) => termsInForce(this.#terms, hour).collection === 'invoice');
  }

  /** What is left of the grants for the next minute, and what all that its owner has not stopped takes in it. */
  left(): { readonly leftNanos: Nanos; readonly needNanos: Nanos; readonly needMostNanos: Nanos } {
    const next = this.#minute() + 1;
    const goesOn = this.fleet.models.filter(({ by }) => by !== 'owner');
    const replicas = goesOn.reduce((sum, { replicas: count }) => sum + count, 0);
    const before = this.#billThrough(next - 1, []);
    const after = this.#billThrough(next, goesOn);
    const valid = remainingAfter(this.grants, before).filter((grant) => isValidIn(grant, hourIn(next)));
    const most = [...this.prices.standard, ...this.prices.contract].map(({ priceNanos }) => priceNanos ?? nanos(0n));
    return {
      leftNanos: sumNanos(valid.map(({ remainingNanos }) => remainingNanos)),
      needNanos: nanos(netOf(after) - netOf(before)),
      needMostNanos: nanos(BigInt(replicas) * most.reduce(greaterNanos)),
    };
  }

  isGone(): boolean {
    const { leftNanos, needNanos } = this.left();
    return !this.hasCard && !this.isInvoiced() && (leftNanos === 0n || leftNanos < needNanos);
  }

  pastDueScope(): SuspensionScope | null {
    const sinceMs = Math.min(...this.pastDue.values());
    const lateMs = this.of.now() - sinceMs;
    if (this.isInvoiced() || this.isPaused() || lateMs < ladder.deploysMs) return null;
    return lateMs < ladder.modelsMs ? 'deploys' : 'models';
  }

  isPaused(): boolean {
    return this.pausedUntilMs > this.of.now();
  }

  /** Each reason that there is to stop the workspace, for itself. */
  stops(): readonly Stop[] {
    const pastDue = this.pastDueScope();
    return [
      ...(this.isGone() ? [{ reason: 'credits', scope: 'models' } as const] : []),
      ...(pastDue === null ? [] : [{ reason: 'past_due', scope: pastDue } as const]),
      ...(this.operator === null ? [] : [{ reason: 'operator', scope: this.operator } as const]),
    ];
  }

  /** The beginning of the first minute to come of which something is owed, if all that runs runs on; null: not for hours. */
  zeroMs(): number | null {
    const now = this.#minute();
    const runs = this.fleet.models.filter(({ by }) => by === null);
    const owed = (minute: number) => this.#billThrough(minute, runs).amountDueNanos;
    const first = Array.from({ length: 180 }, (_, at) => now + 1 + at).find((at) => owed(at) > owed(now));
    return first === undefined ? null : first * minuteMs;
  }

  #minute(): number {
    return Math.floor(this.of.now() / minuteMs);
  }

  // Of the minutes up to now what truly ran; of those to come, the models that go on.
  #billThrough(minute: number, goesOn: readonly Model[]) {
    const now = this.#minute();
    const hours = new Map<number, bigint>();
    for (let at = this.of.beginMs / minuteMs; at <= minute; at++) {
      const used = at <= now ? this.fleet.models.filter((model) => this.fleet.ranIn(model, at)) : goesOn;
      const hour = hourIn(at);
      hours.set(hour, (hours.get(hour) ?? 0n) + this.#listIn(at, used));
    }
    const listed = [...hours].filter(([, sum]) => sum > 0n).map(([hour, sum]) => ({ hour, listNanos: nanos(sum) }));
    const part = { month: monthOf(this.of.beginMs), late: false, listBefore: nanos(0n), hours: listed };
    const late = this.owedAgain.toSorted((one, other) => (one.month < other.month ? -1 : 1));
    return computeBill({ parts: [...late, part], terms: this.#terms, grants: this.grants });
  }

  #listIn(minute: number, used: readonly Model[]): bigint {
    const hour = hourIn(minute);
    const { billablePhases } = termsInForce(this.#terms, hour);
    const price = priceFor(this.prices, hour) ?? nanos(0n);
    const counted = used.filter(({ name, phase }) => billablePhases.includes(phase) && !this.#isVoid(name, minute));
    return counted.reduce((sum, { replicas }) => sum + BigInt(replicas) * price, 0n);
  }

  #isVoid(name: string, minute: number): boolean {
    return [...this.voids.values()].some(
      ({ model, fromMinute, toMinute }) => model === name && fromMinute <= minute && minute < toMinute,
    );
  }
}

function hourIn(minute: number): number {
  return Math.floor(minute / 60);
}

function inPlace<Point extends { readonly fromHour: number }>(points: readonly Point[], point: Point): Point[] {
  const others = points.filter(({ fromHour }) => fromHour !== point.fromHour);
  return [...others, point].sort((one, other) => one.fromHour - other.fromHour);
}

function netOf(bill: ReturnType<typeof computeBill>): bigint {
  return bill.listNanos - bill.volumeDiscountNanos - bill.programDiscountNanos;
}
