// Whether metering gets on, and whom it leaves out meanwhile.
import { Type } from '@sinclair/typebox';
import { cursor, idPart, limit, wordPart } from './pages';
import { Count, Id, Instant, words } from './scalars';
import { answer, optional, orNull, parameters, said, type Wire } from './shape';

const steps = ['replay', 'fold', 'roll_up', 'credits'] as const;
const statuses = ['ok', 'failing', 'late'] as const;

export const SetAside = answer(
  'SetAside',
  {
    workspace: Id,
    work: words(steps, 'the step of metering that it makes fail'),
    error: Type.String(),
    firstAt: Instant,
    lastAt: Instant,
    attempts: Count,
    nextAttemptAt: Instant,
  },
  { description: 'A workspace that made a step of metering fail: the others go on, and it is tried by itself.' },
);
export type SetAside = Wire<typeof SetAside>;

export const setAsideAPage = 100;
export const SetAsideQuery = parameters({
  cursor: optional(cursor(idPart, wordPart)),
  limit: optional(limit({ usual: setAsideAPage, max: 500 })),
});

export const MeteringHealth = answer('MeteringHealth', {
  status: words(statuses, 'late: a step has not gone through a shard for several rounds'),
  setAside: said('how many workspaces are set aside', Count),
  steps: Type.Array(
    Type.Object({
      step: words(steps),
      status: words(statuses),
      lastSucceededAt: said('in the shard in which that is longest ago', orNull(Instant)),
      failingShards: Count,
      failingSince: optional(Instant),
    }),
  ),
});
export type MeteringHealth = Wire<typeof MeteringHealth>;
