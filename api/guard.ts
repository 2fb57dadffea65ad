// The guard of a workspace as it leaves.
import type { Guard, Suspension as ShownSuspension, StoppedModel } from '../contract/guard';
import type { PastDuePause } from '../db/guard/pauses';
import type { StoredGuard, StoredWish } from '../db/guard/reading';
import type { Suspension } from '../db/guard/suspensions';
import { endsWhen } from '../domain/guard/suspension-end';
import { formatUsd } from '../domain/money';
import { formatInstant } from '../domain/period';

type Shown = {
  readonly workspace: string;
  readonly guard: StoredGuard | undefined;
  readonly suspensions: readonly Suspension[];
  readonly wishes: readonly StoredWish[];
  readonly pause: PastDuePause | undefined;
};

/** What the platform answered to a command, and what was agreed about invoices, is told to operators alone. */
export function guardShape(shown: Shown, { isOperator }: { readonly isOperator: boolean }): Guard {
  const { workspace, guard, suspensions, wishes, pause } = shown;
  return {
    workspace,
    state: guard?.state ?? 'ok',
    ...(guard === undefined ? {} : judgedShape(guard)),
    isWoken: guard?.isWoken ?? false,
    suspensions: suspensions.map(suspensionShape),
    models: wishes.map((wish) => wishShape(wish, isOperator)),
    ...(pause === undefined || !isOperator ? {} : { pastDuePause: pauseShape(pause) }),
  };
}

function judgedShape(guard: StoredGuard): Partial<Guard> {
  const { judgedAtMs, nextLookAtMs, zeroAtMs, inCommandSinceMs } = guard;
  const command = inCommandSinceMs === null ? {} : { inCommandSince: formatInstant(inCommandSinceMs) };
  if (judgedAtMs === null) return command;
  return {
    judgedAt: formatInstant(judgedAtMs),
    remaining: formatUsd(guard.remainingNanos),
    burnPerHour: formatUsd(guard.burnNanosPerHour),
    ...(zeroAtMs === null ? {} : { zeroAt: formatInstant(zeroAtMs) }),
    ...(nextLookAtMs === null ? {} : { nextLookAt: formatInstant(nextLookAtMs) }),
    ...command,
  };
}

export function suspensionShape({ reason, scope, message, beganAtMs }: Suspension): ShownSuspension {
  const own = message === null ? {} : { message };
  return { reason, scope, ...own, since: formatInstant(beganAtMs), endsWhen: endsWhen(reason) };
}

export function pauseShape({ untilMs, reason }: PastDuePause) {
  return { until: formatInstant(untilMs), reason };
}

function wishShape(of: StoredWish, isOperator: boolean): StoppedModel {
  const { model, wish, reason, wishedAtMs, confirmedAtMs, outcome, tries, nextTryAtMs, lastError } = of;
  const known = { model, wish, reason, since: formatInstant(wishedAtMs) };
  if (confirmedAtMs !== null) {
    const told = outcome === null ? {} : { outcome };
    return { ...known, state: 'confirmed', ...told, confirmedAt: formatInstant(confirmedAtMs) };
  }
  return {
    ...known,
    state: 'waiting',
    tries,
    ...(nextTryAtMs === null ? {} : { nextTryAt: formatInstant(nextTryAtMs) }),
    ...(lastError === null || !isOperator ? {} : { lastError }),
  };
}
