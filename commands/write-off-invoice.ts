// Writing an invoice off: nobody expects the rest of it any more, and its collecting ends. Once under its key.

import { type Author, audit } from '../db/accounts/audit';
import { readInvoice, type StoredInvoice } from '../db/billing/invoices-read';
import { post } from '../db/billing/ledger';
import type { Trx } from '../db/connection/knex';
import { lockWorkspaceRow } from '../db/locks';
import { isWithdrawn } from '../db/payments/given-up';
import { wakeCollecting } from '../db/payments/waking';
import { isBeingPaid, readWriteOff, writeOff } from '../db/payments/write-offs';
import { MinutebookError } from '../domain/errors';
import { writeOffPosting } from '../domain/ledger';
import { formatCents } from '../domain/money';

export type WantedWriteOff = {
  readonly invoice: StoredInvoice;
  readonly key: string;
  readonly reason: string;
  readonly author: Author;
};

/**
 * The invoice is uncollectible, and what remains of it a bad debt; a later payment reverses as much as it pays. The same key
 * and reason changes nothing. Throws `conflict` where it was written off otherwise, nothing remains, or a payment is
 * under way or disputed.
 */
export async function writeOffInvoice(trx: Trx, wanted: WantedWriteOff): Promise<void> {
  const { key, reason, author } = wanted;
  const { id, workspace } = wanted.invoice;
  await lockWorkspaceRow(trx, workspace);
  const known = await readWriteOff(trx, id);
  if (known !== undefined) {
    if (known.key === key && known.reason === reason) return;
    throw conflict(`invoice ${id} was written off already, under the key ${known.key}`);
  }
  const invoice = await readInvoice(trx, id);
  if (invoice === undefined || invoice.remainingCents === 0n) {
    throw conflict(`nothing remains of invoice ${id}, which is ${invoice?.status}: there is nothing to write off`);
  }
  if (await isBeingPaid(trx, { workspace, invoice: id })) {
    throw conflict(`a payment of invoice ${id} is under way: wait for what becomes of it`);
  }
  if (await isWithdrawn(trx, id)) {
    throw conflict(`a payment of invoice ${id} is disputed: wait for how that ends, or close the dispute at Stripe`);
  }
  const { remainingCents, status } = invoice;
  await writeOff(trx, { workspace, invoice: id, key, reason, amountCents: remainingCents, nowMs: author.nowMs });
  await post(trx, { workspace, posting: writeOffPosting({ invoice: id, remainingCents }), nowMs: author.nowMs });
  await wakeCollecting(trx, [id]);
  const after = { invoice: id, key, reason, amount: formatCents(remainingCents) };
  await audit(trx, author, { action: 'invoice.written_off', workspace, before: { status }, after });
}

function conflict(detail: string): MinutebookError {
  return new MinutebookError({ code: 'conflict', detail });
}
