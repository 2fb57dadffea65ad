// The billing page as the platform asks for it, and as it asks of itself.
import type { FastifyInstance } from 'fastify';
import { makePageLink } from '../../commands/visit-billing-page';
import { readBillingPageEntry } from '../../contract/billing-page';
import type { Answer } from '../../contract/operations';
import { readWorkspace } from '../../db/accounts/workspaces';
import { formatInstant } from '../../domain/period';
import { leadsBack } from '../../domain/return-origins';
import { authorOf, everyRole, operators, visitOfCaller } from '../access';
import type { PagedApi } from '../api';
import { describe } from '../openapi';
import { workspaceOf } from '../parameters';

const linkSchema = describe({
  id: 'makeBillingPage',
  tag: 'Billing page',
  summary: 'Make a link that opens the billing page of a workspace',
  description: `Ask for it when the customer clicks, and redirect him there: it is good once and for ten minutes. His browser then
has a visit of this workspace alone, which ends after 30 minutes without use and after 12 hours in any case.`,
});

const sessionSchema = describe({
  id: 'getPageSession',
  tag: 'Billing page',
  summary: 'Read whose page it is, until when it is open and what it leads back to',
});

export function billingPageRoutes(app: FastifyInstance, api: PagedApi): void {
  app.post(
    '/v1/workspaces/:workspace/billing-page',
    { config: { access: { roles: operators, of: 'path' } }, schema: linkSchema },
    async (request): Promise<Answer<'makeBillingPage'>> => {
      const workspace = workspaceOf(request);
      const entry = readBillingPageEntry(request.body);
      const author = await authorOf(request, api);
      const wanted = { workspace, ...entry, author, goodForMs: api.page.linkMs };
      const { url, expiresAtMs } = await makePageLink(api.db, wanted, api.settings);
      return { url, expiresAt: formatInstant(expiresAtMs) };
    },
  );

  app.get(
    '/v1/workspaces/:workspace/session',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: sessionSchema },
    async (request): Promise<Answer<'getPageSession'>> => {
      const { id: workspace, name } = await readWorkspace(api.db, workspaceOf(request));
      const visit = visitOfCaller(request);
      const { platform, idleMs } = api.page;
      // An origin may have been taken off the list since.
      const back = visit?.returnUrl ?? null;
      const leads = back !== null && leadsBack(back, api.settings.returnOrigins);
      return {
        workspace,
        name,
        readOnly: visit?.isReadOnly ?? false,
        ...(visit === undefined ? {} : { expiresAt: formatInstant(visit.endsAtMs) }),
        idleMinutes: Math.round(idleMs / 60_000),
        ...(leads ? { returnUrl: back } : {}),
        platform,
      };
    },
  );
}
