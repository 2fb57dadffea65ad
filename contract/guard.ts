// The guard of a workspace's credits: how it stands, an operator's suspension, and a pause of what past due invoices stop.
import { Type } from '@sinclair/typebox';
import { readAs } from './reading';
import { Amount, Count, Id, Instant, line, Name, words } from './scalars';
import { answer, entry, leavable, optional, said, type Wire } from './shape';

const Scope = words(['deploys', 'models'], 'deploys: new deployments are refused; models: what runs is stopped, too');
const ReasonForCustomer = said('why, as the customer reads it', line(500));
const SuspensionReason = words(['credits', 'past_due', 'operator']);

export const SuspensionEntry = entry('SuspensionEntry', {
  reason: ReasonForCustomer,
  scope: leavable(said('models where left out', Scope)),
});
export type SuspensionEntry = Wire<typeof SuspensionEntry>;

/** Reads the body of POST /v1/workspaces/{workspace}/suspension. Throws `invalid_request` with every fault. */
export function readSuspensionEntry(body: unknown): {
  readonly message: string;
  readonly scope: 'deploys' | 'models';
} {
  const { reason, scope } = readAs(SuspensionEntry, body, { what: 'the suspension is' });
  return { message: reason, scope: scope ?? 'models' };
}

export const Suspension = answer('Suspension', {
  reason: SuspensionReason,
  scope: Scope,
  message: optional(said("an operator's own words", Type.String())),
  since: Instant,
  endsWhen: said('what ends it', Type.String()),
});
export type Suspension = Wire<typeof Suspension>;

export const SuspensionLifted = answer('SuspensionLifted', { lifted: said('whether any stood', Type.Boolean()) });

export const PastDuePauseEntry = entry('PastDuePauseEntry', {
  until: said('past due invoices stop nothing before', Instant),
  reason: said('why, for colleagues', line(500)),
});
export type PastDuePauseEntry = Wire<typeof PastDuePauseEntry>;

/** Reads the body of PUT /v1/workspaces/{workspace}/past-due-pause. Throws `invalid_request` with every fault. */
export function readPastDuePauseEntry(
  body: unknown,
  { nowMs }: { readonly nowMs: number },
): { readonly untilMs: number; readonly reason: string } {
  const { until, reason } = readAs(PastDuePauseEntry, body, {
    what: 'the pause is',
    rule: (found, at) => {
      if (found.until !== undefined && found.until <= nowMs) at()('until', 'expected an instant that is still to come');
    },
  });
  return { untilMs: until, reason };
}

export const PastDuePause = answer('PastDuePause', { until: Instant, reason: Type.String() });
export const PastDuePauseRemoval = answer('PastDuePauseRemoval', {
  removed: said('whether there was one', Type.Boolean()),
});

export const StoppedModel = answer('StoppedModel', {
  model: Name,
  wish: words(['stop', 'run'], 'what billing wants of it'),
  reason: SuspensionReason,
  since: Instant,
  state: words(
    ['waiting', 'confirmed'],
    'waiting: the platform was told, or is about to be, and has not said yes; it is told again for as long as it takes',
  ),
  outcome: optional(
    words(
      ['done', 'owner', 'gone', 'superseded'],
      'owner: its owner had stopped it, and it stays so; gone: there is no such model any more; superseded: a later command was carried out',
    ),
  ),
  confirmedAt: optional(Instant),
  tries: optional(said('of the command that waits', Count)),
  nextTryAt: optional(Instant),
  lastError: optional(said('of the platform; for operators', Type.String())),
});
export type StoppedModel = Wire<typeof StoppedModel>;

export const Guard = answer(
  'Guard',
  {
    workspace: Id,
    state: words(['ok', 'low', 'suspended'], 'low: from 80 % used, or less than 24 hours left at the present burn'),
    judgedAt: optional(Instant),
    remaining: optional(said('of the grants that are valid now', Amount)),
    burnPerHour: optional(Amount),
    zeroAt: optional(
      said('the end of the last minute that credits cover whole, where something burns and nothing else pays', Instant),
    ),
    nextLookAt: optional(Instant),
    isWoken: said('whether something has changed since that is judged within a second', Type.Boolean()),
    inCommandSince: optional(said('since when it stops models by itself', Instant)),
    suspensions: Type.Array(Suspension, { description: 'those that stand' }),
    models: Type.Array(StoppedModel, { description: 'stopped, or told to run again and not confirmed; at most 1000' }),
    pastDuePause: optional(said('for operators', PastDuePause)),
  },
  { description: 'As the last judgement left it. Before the first there are no figures.' },
);
export type Guard = Wire<typeof Guard>;
