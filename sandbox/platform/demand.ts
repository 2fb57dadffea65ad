// How much of a model is wanted when. A pure function of the plan and the time, so that a restart finds the same past.

import { fixedFraction } from '../../domain/ids';
import { dayMs, hourMs } from '../../domain/period';
import type { ModelPlan } from './fleet';

/** Demand is looked at in slots of half an hour since the epoch; replicas come and go at their beginnings. */
export const slotMs = hourMs / 2;

export type Demand = {
  readonly replicas: number;
  /** Which release is in service: 1 for the first. */
  readonly release: number;
  readonly isOpen: boolean;
};

const none: Demand = { replicas: 0, release: 0, isOpen: false };
const releaseHour = 9;
const growthMax = 3;

/** The demand of a slot; before the platform's first instant there is none. */
export function demandIn(plan: ModelPlan, slot: number, startMs: number): Demand {
  const ms = slot * slotMs;
  if (ms < startMs) return none;
  const isOpen = openness(plan, ms) > 0;
  return { replicas: replicasWanted(plan, ms, startMs), release: releaseAt(plan, ms, startMs), isOpen };
}

function replicasWanted(plan: ModelPlan, ms: number, startMs: number): number {
  const { replicasMin, replicasMax } = plan;
  const months = Math.floor((ms - startMs) / (30 * dayMs));
  const growth = Math.min(growthMax, 1 + (months * plan.growthPercent) / 100);
  const height = Math.round((replicasMax - replicasMin) * growth);
  return replicasMin + Math.ceil(height * openness(plan, ms));
}

/** 0 outside its hours, 1 in the middle of them, a half in their first and last quarter. No two days are quite alike. */
function openness(plan: ModelPlan, ms: number): number {
  const day = Math.floor(ms / dayMs);
  // The epoch was a Thursday.
  const isWeekend = (day + 4) % 7 === 0 || (day + 4) % 7 === 6;
  if (isWeekend && !plan.weekends) return 0;
  const shift = fixedFraction(`${plan.model} ${day}`) * 2 - 1;
  const hour = (ms - day * dayMs) / hourMs - shift;
  const { opensAt, closesAt } = plan;
  if (hour < opensAt || hour >= closesAt) return 0;
  const quarter = (closesAt - opensAt) / 4;
  return hour < opensAt + quarter || hour >= closesAt - quarter ? 0.5 : 1;
}

// A new version takes over in the morning of every so many days.
function releaseAt({ releasedEveryDays }: ModelPlan, ms: number, startMs: number): number {
  return 1 + Math.max(0, Math.floor((ms - startMs - releaseHour * hourMs) / (releasedEveryDays * dayMs)));
}

/** The most replicas that a plan ever wants. */
export function replicasEver({ replicasMin, replicasMax, growthPercent }: ModelPlan): number {
  const growth = growthPercent > 0 ? growthMax : 1;
  return replicasMin + Math.round((replicasMax - replicasMin) * growth);
}
