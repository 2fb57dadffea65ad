// What lies in quarantine, and what it lacks; replayed and dropped by hand.
import { Type } from '@sinclair/typebox';
import { MinutebookError } from '../domain/errors';
import { cursor, idPart, limit, namePart, wordPart } from './pages';
import { readAs } from './reading';
import { Count, Id, Instant, line, Name, words } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

export const lacks = ['unknown_workspace', 'before_start', 'no_price', 'too_old'] as const;

export const Quarantined = answer('Quarantined', {
  workspace: Id,
  instanceType: Name,
  reason: words([...lacks, 'mended'], 'mended: about to be replayed'),
  reports: Count,
  from: Instant,
  to: Instant,
});
export type Quarantined = Wire<typeof Quarantined>;

export const countsAPage = 100;
export const QuarantineQuery = parameters({
  cursor: optional(cursor(idPart, namePart, wordPart)),
  limit: optional(limit({ usual: countsAPage, max: 500 })),
});

export const QuarantineReplayEntry = entry('QuarantineReplayEntry', {
  workspace: leavable(said('left out: all of them', Id)),
});
export type QuarantineReplayEntry = Wire<typeof QuarantineReplayEntry>;

/** Reads the body of POST /v1/quarantine/replay. Throws `invalid_request` with every fault. */
export function readQuarantineReplay(body: unknown): { readonly workspace?: string } {
  return readAs(QuarantineReplayEntry, body ?? {}, { what: 'the replay is' });
}

export const QuarantineReplay = answer('QuarantineReplay', {
  replayed: optional(said('reports; left out where it goes on, as there are many', Count)),
});

export const QuarantineDropEntry = entry(
  'QuarantineDropEntry',
  {
    workspace: leavable(Id),
    instanceType: leavable(Name),
    lacks: leavable(words(lacks, 'only what lacks this; left out: whatever it lacks')),
    reason: said('why, for the audit log', line(500)),
  },
  { description: 'Of a workspace, an instance type, or both.' },
);
export type QuarantineDropEntry = Wire<typeof QuarantineDropEntry>;

export type QuarantineDropping = {
  readonly workspace?: string;
  readonly instanceType?: string;
  readonly lacks?: (typeof lacks)[number];
  readonly reason: string;
};

/** Reads the body of POST /v1/quarantine/drop. Throws `invalid_request` with every fault. */
export function readQuarantineDrop(body: unknown): QuarantineDropping {
  const dropping = readAs(QuarantineDropEntry, body, { what: 'what is to be dropped is' });
  if (dropping.workspace !== undefined || dropping.instanceType !== undefined) return dropping;
  const message = 'expected a workspace, an instanceType or both; came neither';
  const faults = [{ field: 'workspace', message }];
  throw new MinutebookError({ code: 'invalid_request', detail: `nothing was dropped: ${message}`, faults });
}

export const QuarantineDrop = answer('QuarantineDrop', {
  dropped: said('reports', Count),
  isMore: said('whether more are there: a call drops at most 50,000. Send it again', Type.Boolean()),
});
