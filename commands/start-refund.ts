// Starting a refund: its rows, the posting of what was paid out by hand, and the start of the workflow that sends the rest.

import type { Trx } from '../db/connection/knex';
import { deliver } from '../db/outbox';
import { addRefund, type NewPart, type NewRefund } from '../db/payments/refunds';
import { cents } from '../domain/money';
import { refundPosting } from '../domain/refund-postings';

/** Writes it, in the caller's transaction, which holds the workspace's row. */
export async function startRefund(trx: Trx, refund: Omit<NewRefund, 'postings'>): Promise<void> {
  const { workspace, key, because } = refund;
  const from = because === 'overpayment' ? 'credits' : 'refunds';
  const postings = refund.parts.flatMap((part, at) =>
    part.isByHand ? [refundPosting({ key, number: at + 1, amountCents: part.cents, feeCents: cents(0n), from })] : [],
  );
  await addRefund(trx, { ...refund, postings });
  if (!refund.parts.some(isToBeSent)) return;
  await deliver(trx, [{ kind: 'start', type: 'refund', arguments: { workspace, key } }]);
}

function isToBeSent({ isByHand, refund }: NewPart): boolean {
  return !isByHand && refund === undefined;
}
