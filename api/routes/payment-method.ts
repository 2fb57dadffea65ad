// What a workspace pays with.
import type { FastifyInstance } from 'fastify';
import { removeMethod } from '../../commands/remove-method';
import { startSetup } from '../../commands/start-setup';
import type { Answer } from '../../contract/operations';
import { readSetupEntry } from '../../contract/payment-method';
import { readWorkspace } from '../../db/accounts/workspaces';
import { readActiveMethod } from '../../db/payments/methods';
import { MinutebookError } from '../../domain/errors';
import { formatInstant } from '../../domain/period';
import { authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { workspaceOf } from '../parameters';
import { charging } from '../paying';
import { methodShape } from '../payments';

const setupSchema = describe({
  id: 'startPaymentMethodSetup',
  tag: 'Payments',
  summary: 'Begin to add or replace the payment method',
  description: `Answers a page of Stripe's on which the customer types a card or bank account; what is typed never comes here.
Asked for again while one is open, it is the same page. What was on file before is replaced once a new one is there.`,
});

const getSchema = describe({
  id: 'getPaymentMethod',
  tag: 'Payments',
  summary: 'Read the payment method: brand, last four digits and expiry',
  description: 'Answers 404 where none is on file.',
});

const removeSchema = describe({
  id: 'removePaymentMethod',
  tag: 'Payments',
  summary: 'Remove the payment method',
  description: 'Takes effect for new attempts to charge; one in flight stands, and the method is detached after it.',
});

export function paymentMethodRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/workspaces/:workspace/payment-method/setup',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: setupSchema },
    async (request): Promise<Answer<'startPaymentMethodSetup'>> => {
      const { returnUrl } = readSetupEntry(request.body);
      const { url, expiresAtMs } = await startSetup(charging(api), { workspace: workspaceOf(request), returnUrl });
      return { url, expiresAt: formatInstant(expiresAtMs) };
    },
  );

  app.get(
    '/v1/workspaces/:workspace/payment-method',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: getSchema },
    async (request): Promise<Answer<'getPaymentMethod'>> => {
      const { id: workspace } = await readWorkspace(api.db, workspaceOf(request));
      const method = await readActiveMethod(api.db, workspace);
      if (method !== undefined) return methodShape(method);
      const detail = `workspace ${workspace} has no payment method on file`;
      throw new MinutebookError({ code: 'not_found', detail });
    },
  );

  app.delete(
    '/v1/workspaces/:workspace/payment-method',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: removeSchema },
    async (request): Promise<Answer<'removePaymentMethod'>> => {
      const workspace = workspaceOf(request);
      const author = await authorOf(request, api);
      return { removed: await api.db.transaction((trx) => removeMethod(trx, { workspace, author })) };
    },
  );
}
