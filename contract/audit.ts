// The audit log: who changed what, before and after.
import { Type } from '@sinclair/typebox';
import type { Complain } from '../domain/body';
import { cursor, limit, longNumberPart } from './pages';
import { scalar, Unreadable } from './reading';
import { Id, Instant, line } from './scalars';
import { answer, optional, parameters, said, type Wire } from './shape';

const actionPattern = '^[a-z_]{1,40}\\.[a-z_]{1,60}$';

const Action = scalar<string, string>({ type: 'string', pattern: actionPattern, examples: ['grant.given'] }, (value) =>
  typeof value === 'string' && new RegExp(actionPattern).test(value)
    ? value
    : new Unreadable('an action such as grant.given'),
);

export const AuditEntry = answer('AuditEntry', {
  id: Type.Integer({ minimum: 1 }),
  at: Instant,
  actor: Type.String({ description: 'a key, as role:name, or who else it was', examples: ['admin:billing team'] }),
  action: Type.String({ examples: ['grant.given'] }),
  workspace: optional(said('left out where it is about none', Id)),
  before: Type.Unknown({ description: 'as it was, its amounts as text; null where there was nothing' }),
  after: Type.Unknown({ description: 'as it became; null where nothing is left' }),
});
export type AuditEntry = Wire<typeof AuditEntry>;

export const entriesAPage = 100;
export const AuditQuery = parameters({
  workspace: optional(Id),
  action: optional(Action),
  actor: optional(said('exactly so, such as admin:billing team', line(300))),
  from: optional(said('of then or later', Instant)),
  to: optional(said('of before then', Instant)),
  cursor: optional(cursor(longNumberPart, longNumberPart)),
  limit: optional(limit({ usual: entriesAPage, max: 500 })),
});

export function checkAuditSpan(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  complain: Complain,
): void {
  if (from !== undefined && to !== undefined && from >= to) complain('to', 'expected an instant after from');
}
