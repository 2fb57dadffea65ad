// Sending a refund: one part after the other, each written before it is sent and after. Whoever dies on the way leaves a part
// that is looked up first, and is sent again only as it was, under its key.

import type { Db } from '../db/connection/knex';
import { lockWorkspaceRow } from '../db/locks';
import { notePartSent, type RefundKey, readRefund, readRefundParts, type StoredPart } from '../db/payments/refunds';
import { MinutebookError } from '../domain/errors';
import { refundPartKey } from '../domain/ids';
import type { SentRefund } from '../domain/outcomes';
import { refundState } from '../domain/refunds';
import type { RefundOutcome } from '../gateways/payments/payments';
import { boundedKey } from './bounded-key';
import type { Charging } from './connections';
import { newsOf, type RefundNews, recordRefund } from './record-refund';
import { writeRefundMail } from './write-refund-mail';

/** Stripe's limit. */
const idempotencyKeyLengthMax = 255;

/**
 * Sends what is not sent yet. Doing it again finds it done. Throws `unavailable` where it is not known whether a part
 * arrived: nothing else is sent for it before that is known, so try again later.
 */
export async function sendRefund(charging: Charging, of: RefundKey): Promise<SentRefund> {
  const { db } = charging;
  for (const part of await readRefundParts(db, of)) {
    if (part.state === 'sending') await settle(charging, part, await send(charging, part));
  }
  await tell(charging, of);
  const parts = await readRefundParts(db, of);
  return { parts: parts.length, state: refundState(parts) };
}

async function send({ db, payments, clock }: Charging, part: StoredPart): Promise<RefundNews> {
  const { workspace, payment, amountCents } = part;
  const refundKey = refundPartKey(part);
  if (part.sentAtMs !== null) {
    const found = await payments.lookUpRefund({ paymentIntent: payment, refundKey });
    const news = found && newsOf(found);
    if (news !== undefined) return news;
    if (found !== undefined) throw unknown(part, `Stripe has ${found.refund}, in a state that is not known here`);
  }
  await notePartSent(db, { ...part, nowMs: await clock() });
  const outcome = await payments.refund({
    paymentIntent: payment,
    amountCents,
    refundKey,
    workspace,
    idempotencyKey: boundedKey(`refund/${refundKey}`, idempotencyKeyLengthMax),
  });
  return newsOfOutcome(part, outcome);
}

function newsOfOutcome(part: StoredPart, outcome: RefundOutcome): RefundNews {
  switch (outcome.kind) {
    case 'refund': {
      const news = newsOf(outcome.reading);
      if (news !== undefined) return news;
      throw unknown(part, `Stripe has ${outcome.reading.refund}, in a state that is not known here`);
    }
    case 'refused':
      return {
        refund: null,
        state: 'failed',
        why: outcome.code ?? outcome.why.slice(0, 200),
        booking: null,
        failureBooking: null,
      };
    case 'rate_limited':
    case 'unknown':
      throw unknown(part, outcome.why);
    default:
      return outcome satisfies never;
  }
}

async function settle({ db, clock }: Charging, part: StoredPart, news: RefundNews): Promise<void> {
  const { workspace } = part;
  const nowMs = await clock();
  await db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    // An event may have told it meanwhile.
    await recordRefund(trx, await readPart(trx, part), news, nowMs);
  });
}

// After the last part, and not with it: an event may have settled that one.
async function tell({ db, clock, settings }: Charging, of: RefundKey): Promise<void> {
  if (!settings.isMailing) return;
  const nowMs = await clock();
  await db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, of.workspace);
    const refund = await readRefund(trx, of);
    if (refund !== undefined) await writeRefundMail(trx, refund, nowMs);
  });
}

async function readPart(db: Db, { workspace, key, number }: StoredPart): Promise<StoredPart> {
  const part = (await readRefundParts(db, { workspace, key })).find((each) => each.number === number);
  if (part === undefined) throw new Error(`refunds: part ${number} of ${key} of ${workspace} is not there any more`);
  return part;
}

function unknown({ workspace, key, number }: StoredPart, why: string): MinutebookError {
  return new MinutebookError({
    code: 'unavailable',
    detail: `what became of part ${number} of refund ${key} of workspace ${workspace} is not known (${why}); it is looked up again, and sent again only as it was`,
  });
}
