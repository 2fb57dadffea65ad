// The gate: whether a workspace may deploy, which are refused or soon out of credits, and what a platform refused.
import type { FastifyInstance } from 'fastify';
import { noteRefusedDeploy } from '../../commands/note-refused-deploy';
import { type Gate, GateQuery, GatesQuery, gatesAPage, readRefusedDeploy } from '../../contract/gate';
import type { Answer } from '../../contract/operations';
import { noSuchWorkspace } from '../../db/accounts/workspaces';
import { type ListedGate, listGates, readGate } from '../../db/guard/gate';
import { gateOf, mendedAt, type Refusal } from '../../domain/guard/gate';
import { formatInstant } from '../../domain/period';
import { everyRole, operators } from '../access';
import type { Api } from '../api';
import { knownTag, tagged } from '../etag';
import { describe } from '../openapi';
import { pageOf, readQuery, workspaceOf } from '../parameters';
import { problemOf } from '../problems';

const gateSchema = describe({
  id: 'getGate',
  tag: 'Guard',
  summary: 'Ask whether a workspace may deploy',
  description: `To be asked before each deployment, and before a stopped model is started. Answers 200 either way and writes
nothing: refusing, with the reason and the words for the customer, is the platform's part: \`problem\` is ready to be passed on.`,
});

const gatesSchema = describe({
  id: 'listGates',
  tag: 'Guard',
  summary: 'List the workspaces that may not deploy, and those whose credits end within 24 hours',
  description: `For a platform's copy, to be asked for each minute: by it the platform refuses, and stops what runs at runUntil,
while Minutebook does not answer. The ETag is of the whole list, whatever the page: with If-None-Match it is answered 304 while
nothing in any page has changed. A workspace that never had credits, a payment method nor anything running is not listed: ask
its gate.`,
});

const refusedSchema = describe({
  id: 'reportRefusedDeploy',
  tag: 'Guard',
  summary: 'Report a deployment that was refused by the word of the gate',
  description: 'Counted by day, model and version; the customer is told of the first of a day.',
});

export function gateRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/gate',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: gateSchema },
    async (request): Promise<Answer<'getGate'>> => {
      const workspace = workspaceOf(request);
      readQuery(request, GateQuery);
      const facts = await readGate(api.db, { workspace, nowMs: await api.clock() });
      if (facts === undefined) throw noSuchWorkspace(workspace);
      return gateShape({ workspace, facts }, api.settings);
    },
  );

  app.get(
    '/v1/gates',
    { config: { access: { roles: operators, of: 'nobody' } }, schema: gatesSchema },
    async (request, reply) => {
      const { cursor, limit = gatesAPage } = readQuery(request, GatesQuery);
      const known = knownTag(request);
      const nowMs = await api.clock();
      const { tag, items } = await listGates(api.db, {
        after: cursor?.[0] ?? '',
        limit: limit + 1,
        knownTag: known,
        nowMs,
      });
      if (tagged(request, reply, `"${tag}"`)) return reply.code(304).send();
      return pageOf(items, limit, {
        show: (listed) => ({ workspace: listed.workspace, ...gateShape(listed, api.settings) }),
        cursor: ({ workspace }) => [workspace],
      }) satisfies Answer<'listGates'>;
    },
  );

  app.post(
    '/v1/workspaces/:workspace/refused-deploys',
    { config: { access: { roles: operators, of: 'path' } }, schema: refusedSchema },
    async (request): Promise<Answer<'reportRefusedDeploy'>> => {
      const deploy = { workspace: workspaceOf(request), ...readRefusedDeploy(request.body) };
      const noted = { ...deploy, settings: api.settings, nowMs: await api.clock() };
      return { counted: await noteRefusedDeploy(api.db, noted) };
    },
  );
}

function gateShape({ workspace, facts }: ListedGate, settings: Api['settings']): Gate {
  const { allowed, reason, message, runUntilMs } = gateOf(facts);
  return {
    allowed,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined || message === undefined
      ? {}
      : { problem: { ...problemOf(reason, message), ...mendingLink(workspace, reason, settings) } }),
    ...(runUntilMs === undefined ? {} : { runUntil: formatInstant(runUntilMs) }),
  };
}

// Of the page itself and not into it: whoever the platform has not led there is shown the way back. A link that opens it is good
// once and for minutes, and for whoever holds it.
function mendingLink(workspace: string, reason: Refusal, settings: Api['settings']): { readonly link?: string } {
  const { publicUrl, isCharging } = settings;
  const view = mendedAt[reason];
  if (view === undefined || publicUrl === null || !isCharging) return {};
  return { link: `${publicUrl}/billing/${workspace}/${view}` };
}
