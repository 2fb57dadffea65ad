// Credits: given, drawn and left.
import type { FastifyInstance } from 'fastify';
import { readStanding } from '../../commands/compute-standings';
import { endGrant } from '../../commands/end-grant';
import { giveGrant } from '../../commands/give-grant';
import { type Credits, type HeldGrant, readGrantEnd, readGrantEntry } from '../../contract/credits';
import type { Answer } from '../../contract/operations';
import { noSuchWorkspace } from '../../db/accounts/workspaces';
import { listDraws, listGrants, type StoredGrant } from '../../db/billing/grants';
import type { Trx } from '../../db/connection/knex';
import { readSnapshot } from '../../db/connection/snapshot';
import { grantStatus, validHours } from '../../domain/credits';
import { invoiceNumber } from '../../domain/ids';
import { formatUsd, type Nanos, nanos, sumNanos } from '../../domain/money';
import { hourOf } from '../../domain/period';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { keyOfPath, workspaceOf } from '../parameters';
import { grantShape } from '../shapes';

const postSchema = describe({
  id: 'addGrant',
  tag: 'Credits',
  summary: 'Give credits',
  description: `Once under its key: the same content again changes nothing, other content is refused (grant_key_conflict).
It pays the hours from validFrom (taken down to the hour) to before validUntil (taken up to it), late ones too.`,
});

const endSchema = describe({
  id: 'endGrant',
  tag: 'Credits',
  summary: 'End a grant early',
  description: `It pays no hour from \`from\` on (taken up to the hour; left out: now). Hours that issued invoices have drawn it
for are kept: an end before them is refused (conflict) with the earliest there is. Ending it again changes nothing.`,
});

const getSchema = describe({
  id: 'getCredits',
  tag: 'Credits',
  summary: 'Read credits: what was given, drawn and is left',
});

export function creditRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/workspaces/:workspace/grants',
    { config: { access: { roles: adminsOnly, of: 'path' }, idempotency: 'once' }, schema: postSchema },
    async (request, reply): Promise<Answer<'addGrant'>> => {
      const workspace = workspaceOf(request);
      const grant = readGrantEntry(request.body);
      const author = await authorOf(request, api);
      const { grant: given, isNew } = await api.db.transaction((trx) => giveGrant(trx, { workspace, grant, author }));
      reply.code(isNew ? 201 : 200);
      return grantShape(given);
    },
  );

  app.post(
    '/v1/workspaces/:workspace/grants/:key/end',
    { config: { access: { roles: adminsOnly, of: 'path' }, idempotency: 'once' }, schema: endSchema },
    async (request): Promise<Answer<'endGrant'>> => {
      const [workspace, key] = [workspaceOf(request), keyOfPath(request)];
      const fromMs = readGrantEnd(request.body);
      const author = await authorOf(request, api);
      return grantShape(await api.db.transaction((trx) => endGrant(trx, { workspace, key, fromMs, author })));
    },
  );

  app.get(
    '/v1/workspaces/:workspace/credits',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: getSchema },
    async (request): Promise<Answer<'getCredits'>> => {
      const workspace = workspaceOf(request);
      const nowMs = await api.clock();
      return readSnapshot(api.db, (trx) => readCredits(trx, { workspace, nowMs }));
    },
  );
}

async function readCredits(trx: Trx, { workspace, nowMs }: { workspace: string; nowMs: number }): Promise<Credits> {
  const read = await readStanding(trx, { workspace, nowMs });
  if (read === undefined) throw noSuchWorkspace(workspace);
  const { standing, unissued } = read;
  const draws = unissued.bills.flatMap(({ bill }) => bill.draws);
  const grants = await listGrants(trx, workspace);
  const pendingOf = (key: string) =>
    sumNanos(draws.filter((draw) => draw.grantKey === key).map((draw) => draw.amountNanos));
  return {
    grants: grants.map((grant) => heldShape(grant, { pendingNanos: pendingOf(grant.key), hour: hourOf(nowMs) })),
    remaining: formatUsd(sumNanos(grants.map((grant) => grant.remainingNanos))),
    pending: formatUsd(sumNanos(draws.map((draw) => draw.amountNanos))),
    available: formatUsd(standing.remainingNanos),
    burnPerHour: formatUsd(standing.burnNanosPerHour),
    ...(standing.hoursLeft === null ? {} : { hoursLeft: standing.hoursLeft }),
    level: standing.level,
    draws: (await listDraws(trx, workspace)).map((draw) => ({
      grant: draw.grant_key,
      invoice: draw.invoice_id,
      number: invoiceNumber({ workspace, number: draw.number }),
      period: draw.month,
      amount: formatUsd(nanos(draw.amount_nanos)),
    })),
  };
}

/** A grant with where it stands now. */
function heldShape(grant: StoredGrant, at: { readonly pendingNanos: Nanos; readonly hour: number }): HeldGrant {
  const { status, lostNanos } = grantStatus({ ...grant, ...validHours(grant), isEnded: grant.endedAtMs !== null }, at);
  return { ...grantShape(grant), pending: formatUsd(at.pendingNanos), status, lost: formatUsd(lostNanos) };
}
