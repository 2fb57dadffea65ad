// Credits: given, drawn and left.
import type { FastifyInstance } from 'fastify';
import { giveGrant } from '../../commands/give-grant';
import { readUnissuedBills } from '../../commands/unissued-bills';
import { type Credits, readGrantEntry } from '../../contract/credits';
import type { Answer } from '../../contract/operations';
import { noSuchWorkspace } from '../../db/accounts/workspaces';
import { listDraws, listGrants } from '../../db/billing/grants';
import type { Trx } from '../../db/connection/knex';
import { readSnapshot } from '../../db/connection/snapshot';
import { creditStanding } from '../../domain/guard';
import { invoiceNumber } from '../../domain/ids';
import { formatUsd, nanos, sumNanos } from '../../domain/money';
import { hourOf } from '../../domain/period';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { workspaceOf } from '../parameters';
import { grantShape } from '../shapes';

const postSchema = describe({
  id: 'addGrant',
  tag: 'Credits',
  summary: 'Give credits',
  description: `Once under its key: the same content again changes nothing, other content is refused (grant_key_conflict).
It pays the hours from validFrom (taken down to the hour) to before validUntil (taken up to it), late ones too.`,
});

const getSchema = describe({
  id: 'getCredits',
  tag: 'Credits',
  summary: 'Read credits: what was given, drawn and is left',
});

export function creditRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/workspaces/:workspace/grants',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: postSchema },
    async (request, reply): Promise<Answer<'addGrant'>> => {
      const workspace = workspaceOf(request);
      const grant = readGrantEntry(request.body);
      const author = await authorOf(request, api);
      const { grant: given, isNew } = await api.db.transaction((trx) => giveGrant(trx, { workspace, grant, author }));
      reply.code(isNew ? 201 : 200);
      return grantShape(given);
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
  const unissued = await readUnissuedBills(trx, { workspace });
  if (unissued === undefined) throw noSuchWorkspace(workspace);
  const bills = unissued.bills.map(({ bill }) => bill);
  const draws = bills.flatMap((bill) => bill.draws);
  const standing = creditStanding({ grants: unissued.account.grants, bills, hour: hourOf(nowMs) });
  const grants = await listGrants(trx, workspace);
  const pendingOf = (key: string) =>
    sumNanos(draws.filter((draw) => draw.grantKey === key).map((draw) => draw.amountNanos));
  return {
    grants: grants.map((grant) => ({ ...grantShape(grant), pending: formatUsd(pendingOf(grant.key)) })),
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
