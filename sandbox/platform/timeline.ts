// What every replica did between two instants, as usage reports: a pure function of the fleet and the time. Asked for
// [a, b) and then for [b, c), it answers what it would have answered for [a, c), cut at b.

import { fixedFraction } from '../../domain/ids';
import type { Phase, UsageReport } from '../../domain/usage';
import { type Demand, demandIn, replicasEver, slotMs } from './demand';
import type { Customer, ModelPlan } from './fleet';

export type Span = { readonly fromMs: number; readonly toMs: number };
type Stretch = Span & { readonly phase: Phase };

/** The reports of all customers. `startMs`: since when the platform is there. */
export function reportsBetween(customers: readonly Customer[], startMs: number, span: Span): UsageReport[] {
  return customers.flatMap(({ workspace, models }) =>
    models.flatMap((plan) => reportsOfModel(plan, startMs, span).map((report) => ({ workspace, ...report }))),
  );
}

function reportsOfModel(plan: ModelPlan, startMs: number, span: Span): Omit<UsageReport, 'workspace'>[] {
  const { model, instanceType } = plan;
  const demands = demandOver(plan, startMs, span);
  const releases = [...new Set(demands.map(({ release }) => release))].filter((release) => release > 0);
  return releases.flatMap((release) => {
    const version = `v${release}`;
    return Array.from({ length: replicasEver(plan) }, (_, number) => {
      const replica = `${model}-${version}-${number}`;
      const stretches = joined(stretchesOf({ plan, replica, release, number }, demands, span));
      return stretches.map((stretch) => ({ model, version, replica, instanceType, ...stretch }));
    }).flat();
  });
}

// From the slot before the first one that counts: whether a replica starts is seen from the slot before.
function demandOver(plan: ModelPlan, startMs: number, { fromMs, toMs }: Span): readonly (Demand & { slot: number })[] {
  const first = Math.floor(fromMs / slotMs) - 1;
  const count = Math.ceil(toMs / slotMs) - first;
  return Array.from({ length: count }, (_, at) => ({ slot: first + at, ...demandIn(plan, first + at, startMs) }));
}

type Replica = {
  readonly plan: ModelPlan;
  readonly replica: string;
  readonly release: number;
  readonly number: number;
};

function* stretchesOf(of: Replica, demands: readonly (Demand & { slot: number })[], span: Span): Generator<Stretch> {
  const isUp = ({ release, replicas }: Demand) => release === of.release && replicas > of.number;
  let before: Demand | undefined;
  for (const demand of demands) {
    if (before !== undefined) {
      for (const stretch of stretchesIn(of, demand, { isUp: isUp(demand), wasUp: isUp(before), before })) {
        const fromMs = Math.max(stretch.fromMs, span.fromMs);
        const toMs = Math.min(stretch.toMs, span.toMs);
        if (fromMs < toMs) yield { ...stretch, fromMs, toMs };
      }
    }
    before = demand;
  }
}

/** What a replica does in one slot: nothing, going on, coming up, or going down at its beginning. */
function stretchesIn(
  { plan, replica, release }: Replica,
  { slot, isOpen }: Demand & { slot: number },
  { isUp, wasUp, before }: { readonly isUp: boolean; readonly wasUp: boolean; readonly before: Demand },
): Stretch[] {
  const [fromMs, toMs] = [slot * slotMs, (slot + 1) * slotMs];
  const steady: Phase = plan.idlesOutsideHours && !isOpen ? 'idle' : 'serving';
  if (isUp && wasUp) return [{ phase: steady, fromMs, toMs }];
  const chance = fixedFraction(`${replica} ${slot}`);
  if (isUp) {
    // The first replicas of a release bring the model's weights to their machines; later ones find them there.
    const isDeploying = before.release !== release;
    const readyMs = fromMs + Math.round(isDeploying ? 180 + chance * 360 : 45 + chance * 120) * 1000;
    const starting = { phase: isDeploying ? 'deploying' : 'scaling_up', fromMs, toMs: readyMs } as const;
    return [starting, { phase: steady, fromMs: readyMs, toMs }];
  }
  return wasUp ? [{ phase: 'scaling_down', fromMs, toMs: fromMs + Math.round(20 + chance * 70) * 1000 }] : [];
}

/** Neighbours in one phase as one stretch. */
function joined(stretches: Iterable<Stretch>): Stretch[] {
  const whole: Stretch[] = [];
  for (const stretch of stretches) {
    const last = whole.at(-1);
    if (last?.phase === stretch.phase && last.toMs === stretch.fromMs) {
      whole[whole.length - 1] = { ...last, toMs: stretch.toMs };
    } else {
      whole.push(stretch);
    }
  }
  return whole;
}
