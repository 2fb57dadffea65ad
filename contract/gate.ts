// The gate: what a platform asks before each deployment, what it keeps a copy of, and what it refused.
import { Type } from '@sinclair/typebox';
import { refusals } from '../domain/guard/gate';
import { cursor, idPart, limit, Next } from './pages';
import { Problem } from './problems';
import { readAs } from './reading';
import { Id, Instant, Name, words } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

export const GateQuery = parameters({
  model: optional(said('what is to be deployed; the answer is the same for all today', Name)),
  version: optional(Name),
});

const gate = {
  allowed: Type.Boolean(),
  reason: optional(
    words(
      refusals,
      'why not; credits_exhausted: and no payment method is on file; payment_method_missing: and there never were credits; suspended: by whoever runs the platform',
    ),
  ),
  message: optional(said('for the customer: what is the matter, and what helps', Type.String())),
  problem: optional(
    said('where it is refused: ready to be passed on to the customer as it is, under its status', Problem),
  ),
  runUntil: optional(
    said('from then on credits cover nothing that runs, as it runs now, and nothing else pays for it', Instant),
  ),
};

export const Gate = answer('Gate', gate);
export type Gate = Wire<typeof Gate>;

export const ListedGate = answer('ListedGate', { workspace: Id, ...gate });
export type ListedGate = Wire<typeof ListedGate>;

export const gatesAPage = 1000;
export const GatesQuery = parameters({
  cursor: optional(cursor(idPart)),
  limit: optional(limit({ usual: gatesAPage, max: 5000 })),
});
export const Gates = Type.Object({ items: Type.Array(ListedGate), next: optional(Next) });

export const RefusedDeployEntry = entry('RefusedDeployEntry', { model: Name, version: leavable(Name) });
export type RefusedDeployEntry = Wire<typeof RefusedDeployEntry>;

/** Reads the body of POST /v1/workspaces/{workspace}/refused-deploys. Throws `invalid_request` with every fault. */
export function readRefusedDeploy(body: unknown): { readonly model: string; readonly version: string | null } {
  const { model, version } = readAs(RefusedDeployEntry, body, { what: 'the refused deployment is' });
  return { model, version: version ?? null };
}

export const RefusedDeployReceipt = answer('RefusedDeployReceipt', {
  counted: said('false where deploying is allowed by now: ask the gate again', Type.Boolean()),
});
