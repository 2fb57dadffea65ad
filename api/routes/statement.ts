// The statement of a workspace's credits, as a bank's.
import type { FastifyInstance } from 'fastify';
import { type CreditMovement, movementsAPage, StatementQuery } from '../../contract/credits';
import type { Answer } from '../../contract/operations';
import { readWorkspace } from '../../db/accounts/workspaces';
import { readCreditMovements, type CreditMovement as StoredMovement } from '../../db/billing/statement';
import { readSnapshot } from '../../db/connection/snapshot';
import { creditNoteNumber, invoiceNumber } from '../../domain/ids';
import { creditMovementOf } from '../../domain/ledger';
import { formatUsd } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import { everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery, workspaceOf } from '../parameters';

const listSchema = describe({
  id: 'listCreditMovements',
  tag: 'Credits',
  summary: 'The statement of credits: every movement and the balance after it, the newest first',
  description: `From the books: what was given, drawn by invoices, returned by credit notes and expired. What the running period
will draw is not in it (see the credits themselves).`,
});

export function statementRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/credits/statement',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: listSchema },
    async (request): Promise<Answer<'listCreditMovements'>> => {
      const workspace = workspaceOf(request);
      const { cursor, limit = movementsAPage } = readQuery(request, StatementQuery);
      const before = cursor === undefined ? null : BigInt(cursor[0]);
      const [movements] = await readSnapshot(api.db, (trx) =>
        Promise.all([readCreditMovements(trx, { workspace, before, limit: limit + 1 }), readWorkspace(trx, workspace)]),
      );
      const show = (movement: StoredMovement) => movementShape(workspace, movement);
      return pageOf(movements, limit, { show, cursor: ({ entry }) => [String(entry)] });
    },
  );
}

function movementShape(workspace: string, { invoice, note, ...movement }: StoredMovement): CreditMovement {
  return {
    at: formatInstant(movement.atMs),
    kind: creditMovementOf(movement.posting),
    amount: formatUsd(movement.amountNanos),
    balance: formatUsd(movement.balanceNanos),
    grants: movement.grants.map(({ key, amountNanos }) => ({ grant: key, amount: formatUsd(amountNanos) })),
    ...(invoice === null
      ? {}
      : { invoice: invoice.id, number: invoiceNumber({ workspace, number: invoice.number }), period: invoice.month }),
    ...(note === null
      ? {}
      : { creditNote: note.id, creditNoteNumber: creditNoteNumber({ workspace, number: note.number }) }),
  };
}
