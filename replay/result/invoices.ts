// Waits until the months that were replayed are billed, and reads what came out.

import type { Client } from '../../client/http';
import type { Dashboard } from '../../contract/dashboard';
import type { Invoice } from '../../contract/invoices';
import { type Month, monthEndMs, parseInstant } from '../../domain/period';
import type { Account } from '../accounts';
import { inParallel } from '../in-parallel';

/** What a workspace's month came to. One that was closed without billable minutes has no invoice. */
export type Billed = Account & {
  readonly dashboard: Dashboard;
  readonly invoice: Invoice | undefined;
};

export type Outcome = { readonly billed: readonly Billed[]; readonly missing: readonly Account[] };

const pollEveryMs = 500;
const lookClosestEvery = 8;

/** Answers when every month has its invoice, or needs none, or time is up (`missing`). */
export async function awaitInvoices(
  client: Client,
  accounts: readonly Account[],
  options: { readonly waitMs: number; readonly onBilled: () => void },
): Promise<Outcome> {
  const billed: Billed[] = [];
  const deadline = Date.now() + options.waitMs;
  let pending = accounts;
  for (let round = 1; pending.length > 0; round++) {
    const found = await inParallel(pending, (account) => look(client, account, round % lookClosestEvery === 0));
    for (const each of found) {
      if (each === undefined) continue;
      billed.push(each);
      options.onBilled();
    }
    pending = pending.filter((_, at) => found[at] === undefined);
    if (Date.now() > deadline) break;
    if (pending.length > 0) await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
  return { billed: billed.sort(byAccount), missing: pending };
}

/** The months among these that have an invoice already. */
export async function alreadyInvoiced(client: Client, accounts: readonly Account[]): Promise<readonly Account[]> {
  const found = await inParallel(accounts, (account) => findInvoiceId(client, account));
  return accounts.filter((_, at) => found[at] !== undefined);
}

// A month in which nothing was billable never gets an invoice. That is looked at now and then, as it costs more to ask.
async function look(client: Client, account: Account, closely: boolean): Promise<Billed | undefined> {
  const { workspace, month } = account;
  const id = await findInvoiceId(client, account);
  if (id === undefined && !closely) return undefined;
  const dashboard = await client.getUsage(workspace, { period: month });
  if (id !== undefined) return { ...account, dashboard, invoice: await client.getInvoice(id) };
  return needsNone(dashboard, month) ? { ...account, dashboard, invoice: undefined } : undefined;
}

// Of several invoices of a month, the first is the month's own.
async function findInvoiceId(client: Client, { workspace, month }: Account): Promise<string | undefined> {
  const invoices = await client.listInvoices(workspace);
  const ofMonth = invoices.filter((invoice) => invoice.period === month);
  return ofMonth.sort((one, other) => one.issuedAt.localeCompare(other.issuedAt))[0]?.id;
}

function needsNone({ meteredThrough, models, lateUsage, unbilled }: Dashboard, month: Month): boolean {
  // Closed without one before this usage came: it goes on the invoice of a later month.
  if (lateUsage !== undefined || unbilled !== undefined) return true;
  const meteredMs = parseInstant(meteredThrough ?? '') ?? 0;
  return meteredMs >= monthEndMs(month) && models.every(({ replicaMinutes }) => replicaMinutes === 0);
}

function byAccount(one: Account, other: Account): number {
  return one.workspace.localeCompare(other.workspace) || one.month.localeCompare(other.month);
}
