// Workspaces with their terms, the price book, and links to billing pages.

import type { BillingEntry } from '../../contract/billing';
import type { BillingPageEntry } from '../../contract/billing-page';
import type { Answer } from '../../contract/operations';
import type { Price, PriceEntry } from '../../contract/prices';
import type { Terms, TermsEntry } from '../../contract/terms';
import type { Workspace, WorkspaceEntry } from '../../contract/workspaces';
import { type Calling, inWorkspace, unlessMissing } from '../calling';

export function workspaceCalls({ get, put, patch, post, list }: Calling) {
  return {
    putPrices: (prices: readonly PriceEntry[]) => put<Answer<'putPrices'>>('/v1/prices', prices),
    /** The whole price book, or only the contract prices of one workspace. */
    listPrices: ({ workspace }: { readonly workspace?: string } = {}) => list<Price>('/v1/prices', { workspace }),
    putWorkspace: (workspace: string, entry: WorkspaceEntry) =>
      put<Answer<'putWorkspace'>>(inWorkspace(workspace), entry),
    /** Undefined where there is no such workspace. */
    getWorkspace: (workspace: string) => unlessMissing(get<Answer<'getWorkspace'>>(inWorkspace(workspace))),
    /** What is left out is kept, null clears it. */
    changeBilling: (workspace: string, billing: BillingEntry) =>
      patch<Answer<'changeBilling'>>(`${inWorkspace(workspace)}/billing`, billing),
    listWorkspaces: () => list<Workspace>('/v1/workspaces'),
    /** A link that opens the billing page once, for the customer who asked for it. */
    makeBillingPage: (workspace: string, entry: BillingPageEntry = {}) =>
      post<Answer<'makeBillingPage'>>(`${inWorkspace(workspace)}/billing-page`, entry),
    /** What the billing page shows of itself. */
    getPageSession: (workspace: string) => get<Answer<'getPageSession'>>(`${inWorkspace(workspace)}/session`),
    /** What the link of an e-mail is about; its token is what shows that one may. */
    getPaymentLink: (token: string) => get<Answer<'getPaymentLink'>>(`/v1/links/${encodeURIComponent(token)}`),
    /** A page of Stripe's on which its task is done. */
    startLinkedTask: (token: string) => post<Answer<'startLinkedTask'>>(`/v1/links/${encodeURIComponent(token)}`),
    putTerms: (workspace: string, terms: TermsEntry) =>
      put<Answer<'putTerms'>>(`${inWorkspace(workspace)}/terms`, terms),
    listTerms: (workspace: string) => list<Terms>(`${inWorkspace(workspace)}/terms`),
  };
}
