// Refunds: money of an invoice that goes back, part by part.
import { Type } from '@sinclair/typebox';
import { type Cents as CentsAmount, cents, wholeCents } from '../domain/money';
import { refundPartStates, refundReasons, refundStates } from '../domain/refunds';
import { Reason } from './credit-notes';
import { cursor, idPart, limit } from './pages';
import { readAs } from './reading';
import { Cents, Count, Id, Instant, line, usd, words } from './scalars';
import { answer, entry, optional, parameters, said, type Wire } from './shape';

const RefundAmount = usd({
  description: 'US dollars and whole cents, more than nothing',
  refuse: (amount) =>
    amount > 0n && wholeCents(amount) !== undefined ? undefined : 'more than nothing, in whole cents, such as "12.35"',
});

export const RefundEntry = entry('RefundEntry', {
  key: said('the same key again refunds nothing more', Id),
  amount: RefundAmount,
  reason: Reason,
  payment: optional(said('one payment alone, by its id; what was too much of it goes back first', line(200))),
  reference: optional(
    said('of the transfer by which it was paid out: what came by transfer goes back no other way', line(200)),
  ),
});
export type RefundEntry = Wire<typeof RefundEntry>;

/** Reads the body of POST /v1/invoices/{invoice}/refunds. Throws `invalid_request` with every fault. */
export function readRefundEntry(body: unknown): {
  readonly key: string;
  readonly reason: string;
  readonly amountCents: CentsAmount;
  readonly payment?: string | undefined;
  readonly reference?: string | undefined;
} {
  const { amount, ...entry } = readAs(RefundEntry, body, { what: 'the refund is' });
  return { ...entry, amountCents: wholeCents(amount) ?? cents(0n) };
}

export const refundsAPage = 20;
export const RefundsQuery = parameters({
  cursor: optional(cursor(idPart)),
  limit: optional(limit({ usual: refundsAPage, max: 100 })),
});

export const RefundPart = answer('RefundPart', {
  number: Count,
  payment: said('that it goes back to', Type.String()),
  method: optional(Type.String({ examples: ['Visa ending 4242'] })),
  amount: Cents,
  state: words(
    refundPartStates,
    'sending: about to be sent to Stripe; pending: taken by it, and under way; failed: the money is ours again; by_hand: paid out under the reference',
  ),
  refund: optional(said('its id at Stripe', Type.String())),
  reference: optional(Type.String()),
  why: optional(said('what it waits for, or why it failed, in the words of Stripe', Type.String())),
  settledAt: optional(Instant),
});
export type RefundPart = Wire<typeof RefundPart>;

export const Refund = answer('Refund', {
  key: Id,
  invoice: Type.String(),
  workspace: Id,
  amount: Cents,
  reason: Type.String(),
  because: words(
    refundReasons,
    'asked: by an admin; correction: a credit note left it to be refunded; overpayment: it was paid too much; at_stripe: made there',
  ),
  creditNote: optional(said('that came with it', Type.String({ examples: ['cn:acme:1'] }))),
  state: words(refundStates, 'pending while any part is under way, failed where any part did not go back'),
  madeAt: Instant,
  parts: Type.Array(RefundPart, { description: 'one a payment; their amounts make the amount' }),
});
export type Refund = Wire<typeof Refund>;
