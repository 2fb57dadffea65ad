// What happens at a bank, at a card network or on the way to an endpoint, at the tester's word.

import type Stripe from 'stripe';
import type { Body, Switch } from './control';
import { emit } from './events';
import { Misuse } from './misuse';
import { closeDispute, openDispute } from './payments/disputes';
import { chargeOf } from './payments/ledger';
import { failRefund } from './payments/refunds';
import { changed } from './resources/customers';
import { enqueue } from './webhooks/deliveries';

export const happenings: Readonly<Record<string, Switch>> = {
  /** `{reason?, inquiry?}` */
  'POST /_emulator/disputes/:id': ({ api: { world } }, body, id) => {
    const charge = world.store.get('charges', id);
    if (charge?.status !== 'succeeded') throw new Misuse(`there is no charge ${id} that succeeded`, 404);
    const { reason = 'fraudulent', inquiry = false } = body;
    if (typeof reason !== 'string' || typeof inquiry !== 'boolean') {
      throw new Misuse('expected reason, as text, and inquiry, true or false');
    }
    return openDispute(world, charge, { reason, isInquiry: inquiry });
  },
  /** `{status: "won" | "lost", reinstated?}`: of one that is won, how many cents come back; 0: not yet. */
  'POST /_emulator/disputes/:id/close': ({ api: { world } }, { status, reinstated }, id) => {
    const dispute = world.store.get('disputes', id);
    if (dispute === undefined) throw new Misuse(`there is no dispute ${id}`, 404);
    if (status !== 'won' && status !== 'lost') throw new Misuse('status must be won or lost');
    const most = dispute.amount;
    if (reinstated !== undefined && !(typeof reinstated === 'number' && reinstated >= 0 && reinstated <= most)) {
      throw new Misuse(`reinstated must be a number from 0 to ${most}, came ${JSON.stringify(reinstated)}`);
    }
    // What is lost may be won on appeal.
    const isClosed = ['won', 'warning_closed'].includes(dispute.status) || dispute.status === status;
    if (isClosed) {
      throw new Misuse(`the dispute is closed: ${dispute.status}`, 409);
    }
    const isInquiry = dispute.status.startsWith('warning_');
    return closeDispute(world, dispute, isInquiry ? 'warning_closed' : status, reinstated);
  },
  'POST /_emulator/refunds/:id/fail': ({ api: { world } }, _body, id) => {
    const refund = world.store.get('refunds', id);
    if (refund === undefined) throw new Misuse(`there is no refund ${id}`, 404);
    if (refund.status === 'failed') throw new Misuse('the refund has failed already', 409);
    return failRefund(world, refund, chargeOf(world, refund.charge));
  },
  'POST /_emulator/cards/:id/update': ({ api: { world } }, body, id) => {
    const old = world.store.get('paymentMethods', id);
    if (old?.card === undefined) throw new Misuse(`there is no card ${id}`, 404);
    const method = world.store.put('paymentMethods', { ...old, card: { ...old.card, ...newCard(old.card, body) } });
    // A new card is not the old one's behaviour: what was ordered for it is over.
    world.store.remove('overrides', id);
    emit(world, 'payment_method.automatically_updated', method, changed(old, method));
    return method;
  },
  'POST /_emulator/events/:id/replay': ({ api: { world } }, _body, id) => {
    const event = world.store.get('events', id);
    if (event === undefined) throw new Misuse(`there is no event ${id}`, 404);
    return enqueue(world, event);
  },
};

function newCard(old: Stripe.PaymentMethod.Card, { last4, exp_month: month, exp_year: year }: Body): object {
  const isRight =
    (last4 === undefined || (typeof last4 === 'string' && /^\d{4}$/.test(last4))) &&
    (month === undefined || (typeof month === 'number' && month >= 1 && month <= 12)) &&
    (year === undefined || (typeof year === 'number' && year >= 2000 && year <= 2100));
  if (!isRight) throw new Misuse('expected last4 as four digits, exp_month and exp_year as numbers, or none of them');
  return { last4: last4 ?? old.last4, exp_month: month ?? old.exp_month, exp_year: year ?? old.exp_year + 3 };
}
