// What follows for invoices when a bank takes money of them, gives it back, or they are voided: what nobody is expected to pay is
// a bad debt, and what came back for an invoice that does not need it any more is the customer's.
import type { Author } from '../db/accounts/audit';
import { postAll } from '../db/billing/ledger';
import type { Trx } from '../db/connection/knex';
import { addSurplusGrant, readGivenUp, readSurplus } from '../db/payments/given-up';
import { defaultPriority } from '../domain/credits';
import { givenUpPosting } from '../domain/ledger';
import { type Cents, cents, centsToNanos } from '../domain/money';
import { giveGrant } from './give-grant';

/** Does the work, and posts by how much that changed what is given up of these invoices. `cause` comes once an invoice. */
export async function bookingGivenUp<T>(
  trx: Trx,
  of: {
    readonly workspace: string;
    readonly invoices: readonly string[];
    readonly cause: string;
    readonly nowMs: number;
    /** What the work posts of it by itself. */
    readonly posted?: (did: T, invoice: string) => Cents;
  },
  work: () => Promise<T>,
): Promise<T> {
  const { workspace, invoices, cause, nowMs, posted = () => none } = of;
  const before = await readGivenUp(trx, { workspace, invoices });
  const did = await work();
  const after = await readGivenUp(trx, { workspace, invoices });
  const postings = invoices.flatMap((invoice) => {
    const moved = (after.get(invoice) ?? none) - (before.get(invoice) ?? none) - posted(did, invoice);
    return moved === 0n ? [] : [givenUpPosting({ invoice, cause, amountCents: cents(moved) })];
  });
  await postAll(trx, { workspace, postings, nowMs });
  return did;
}

const none = cents(0n);

/**
 * Gives what came back for these invoices, and they do not need any more, as credits without end: they were credited, voided or
 * paid otherwise while the bank had it. Answers how much.
 */
export async function giveSurplus(
  trx: Trx,
  of: {
    readonly workspace: string;
    readonly dispute: string;
    readonly invoices: readonly string[];
    readonly author: Author;
  },
): Promise<readonly { readonly invoice: string; readonly cents: Cents }[]> {
  const { workspace, dispute, invoices, author } = of;
  const surplus = await readSurplus(trx, { workspace, invoices });
  for (const [nth, { invoice, cents: amountCents }] of surplus.entries()) {
    const key = `reinstated:${dispute}:${nth + 1}`;
    const content = { kind: 'adjustment', priority: defaultPriority, validUntilMs: null } as const;
    const grant = { ...content, key, amountNanos: centsToNanos(amountCents), validFromMs: author.nowMs };
    await giveGrant(trx, { workspace, grant, author, account: 'receivable' });
    await addSurplusGrant(trx, { workspace, dispute, invoice, amountCents, grant: key, nowMs: author.nowMs });
  }
  return surplus;
}
