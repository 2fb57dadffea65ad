// Workspaces: the customer accounts.
import { Type } from '@sinclair/typebox';
import { checkStart, type WorkspaceEntry as Entry } from '../domain/workspace';
import { Billing, BillingEntry, billingChangeOf } from './billing';
import { EmailProblem } from './emails';
import { cursor, idPart, limit } from './pages';
import { clearable, readAs } from './reading';
import { Email, Id, Instant, line } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

export const WorkspaceEntry = entry('WorkspaceEntry', {
  name: line(200),
  billingEmail: Email,
  startsAt: leavable(said('at most ten years back; left out: now, taken down to the hour', Instant)),
  billing: clearable(BillingEntry),
});
export type WorkspaceEntry = Wire<typeof WorkspaceEntry>;

/** Reads the body of PUT /v1/workspaces/{workspace}. Throws `invalid_request` with every fault. */
export function readWorkspaceEntry(body: unknown, { nowMs }: { readonly nowMs: number }): Entry {
  const { startsAt, billing, ...named } = readAs(WorkspaceEntry, body, {
    what: 'the workspace is',
    rule: (found, at) => checkStart(found.startsAt, { nowMs, complain: at() }),
  });
  return {
    ...named,
    ...(startsAt === undefined ? {} : { startsAtMs: startsAt }),
    ...(billing === undefined ? {} : { billing: billing && billingChangeOf(billing) }),
  };
}

export const Workspace = answer('Workspace', {
  id: Id,
  name: line(200),
  billingEmail: Email,
  billing: Billing,
  startsAt: Instant,
  createdAt: Instant,
  emailProblems: optional(said('shown of one workspace; left out where there are none', Type.Array(EmailProblem))),
});
export type Workspace = Wire<typeof Workspace>;

export const workspacesAPage = 100;
export const WorkspacesQuery = parameters({
  cursor: optional(cursor(idPart)),
  limit: optional(limit({ usual: workspacesAPage, max: 500 })),
});
