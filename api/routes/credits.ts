// Credits: given, drawn and left.
import type { FastifyInstance } from 'fastify';
import { audit } from '../../db/audit';
import { readBillingAccount, readUnissued } from '../../db/billing-facts';
import { addGrant, type GrantContent, listDraws, listGrants, type StoredGrant } from '../../db/grants';
import type { Db, Trx } from '../../db/knex';
import { readSnapshot } from '../../db/snapshot';
import { lockWorkspace, noSuchWorkspace } from '../../db/workspaces';
import { billChain } from '../../domain/bill';
import { parseGrant } from '../../domain/credits';
import { MinutebookError } from '../../domain/errors';
import { creditStanding } from '../../domain/guard';
import { invoiceNumber } from '../../domain/ids';
import { formatUsd, nanos, sumNanos } from '../../domain/money';
import { hourOf, monthOf } from '../../domain/period';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { workspaceOf } from '../parameters';
import { ref } from '../schema';
import { inWorkspace } from '../schemas';
import { grantShape } from '../shapes';

const postSchema = describe({
  id: 'addGrant',
  tag: 'Credits',
  summary: 'Give credits',
  description: `Once under its key: the same content again changes nothing, other content is refused (grant_key_conflict).
It pays the hours from validFrom (taken down to the hour) to before validUntil (taken up to it), late ones too.`,
  params: inWorkspace,
  body: ref('GrantEntry'),
  answers: { 200: ref('Grant'), 201: ref('Grant') },
});

const getSchema = describe({
  id: 'getCredits',
  tag: 'Credits',
  summary: 'Read credits: what was given, drawn and is left',
  params: inWorkspace,
  answers: { 200: ref('Credits') },
});

export function creditRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/workspaces/:workspace/grants',
    { config: { access: adminsOnly }, schema: postSchema },
    async (request, reply) => {
      const workspace = workspaceOf(request);
      const grant = parseGrant(request.body);
      const author = await authorOf(request, api);
      const given = await api.db.transaction(async (trx) => {
        await lockWorkspace(trx, workspace);
        const added = await addGrant(trx, { workspace, grant, nowMs: author.nowMs });
        if (added === undefined) return undefined;
        await audit(trx, author, { action: 'grant.post', workspace, before: null, after: grantShape(added) });
        return added;
      });
      if (given !== undefined) return reply.code(201).send(grantShape(given));
      return grantShape(await sameGrant(api.db, workspace, grant));
    },
  );

  app.get(
    '/v1/workspaces/:workspace/credits',
    { config: { access: everyRole }, schema: getSchema },
    async (request) => {
      const workspace = workspaceOf(request);
      const nowMs = await api.clock();
      return readSnapshot(api.db, (trx) => readCredits(trx, { workspace, nowMs }));
    },
  );
}

async function sameGrant(db: Db, workspace: string, grant: GrantContent): Promise<StoredGrant> {
  const stored = (await listGrants(db, workspace)).find(({ key }) => key === grant.key);
  const fields = ['kind', 'amountNanos', 'validFromMs', 'validUntilMs', 'priority'] as const;
  const other = fields.filter((field) => stored?.[field] !== grant[field]);
  if (stored !== undefined && other.length === 0) return stored;
  const detail = `workspace ${workspace} has a grant ${grant.key} already, with another ${other.map(wireName).join(', ')}; give this one a key of its own`;
  throw new MinutebookError({
    code: 'grant_key_conflict',
    detail,
    faults: other.map((field) => ({ field: wireName(field), message: 'another one than that of the stored grant' })),
  });
}

function wireName(field: string): string {
  return field.replace(/(Nanos|Ms)$/, '');
}

async function readCredits(trx: Trx, { workspace, nowMs }: { workspace: string; nowMs: number }) {
  const account = await readBillingAccount(trx, workspace);
  if (account === undefined) throw noSuchWorkspace(workspace);
  const unissued = await readUnissued(trx, { workspace, account, through: monthOf(nowMs), withLines: false });
  const bills = billChain(unissued, account);
  const draws = bills.flatMap((bill) => bill.draws);
  const standing = creditStanding({ grants: account.grants, bills, hour: hourOf(nowMs) });
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
      number: invoiceNumber({ workspace, sequence: draw.number }),
      period: draw.month,
      amount: formatUsd(nanos(draw.amount_nanos)),
    })),
  };
}
