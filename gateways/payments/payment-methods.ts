// Cards and bank accounts, as far as we know of them: what to call them by, whether they are the same, whether they can be
// charged.
import type Stripe from 'stripe';
import { MinutebookError } from '../../domain/errors';
import { type Calls, newKey } from './calls';
import { idOf, knownWord } from './figures';
import { everyPage } from './lists';
import type { PaymentMethod, Payments } from './payments';

type Methods = Pick<Payments, 'readPaymentMethod' | 'paymentMethodsOf' | 'detachPaymentMethod'>;

export function paymentMethodsOf(calls: Calls): Methods {
  const { client, repeatable, read } = calls;
  const readPaymentMethod: Methods['readPaymentMethod'] = async (id) => {
    const method = await read('payment_methods.retrieve', () => client.paymentMethods.retrieve(id));
    return method && methodOf(method);
  };
  return {
    readPaymentMethod,
    paymentMethodsOf: async (customer) => {
      const methods = await everyPage((page) =>
        read('payment_methods.list', () => client.paymentMethods.list({ customer, ...page })),
      );
      return methods.map(methodOf);
    },
    detachPaymentMethod: async (id) => {
      // Detached or gone already, it is refused.
      const sent = await repeatable('payment_methods.detach', () => client.paymentMethods.detach(id, {}, newKey()));
      if (sent.kind === 'answered') return;
      const method = await readPaymentMethod(id);
      if (method === undefined || method.customer === null) return;
      throw stillAttached(id, sent.why);
    },
  };
}

function methodOf(method: Stripe.PaymentMethod): PaymentMethod {
  const { id, card, us_bank_account: bank } = method;
  const blocked = bank?.status_details?.blocked;
  return {
    id,
    type: knownWord(['card', 'us_bank_account'], method.type),
    brand: card?.brand ?? null,
    last4: card?.last4 ?? bank?.last4 ?? null,
    expMonth: card?.exp_month ?? null,
    expYear: card?.exp_year ?? null,
    bankName: bank?.bank_name ?? null,
    fingerprint: card?.fingerprint ?? bank?.fingerprint ?? null,
    funding: card?.funding ?? null,
    blocked: blocked == null ? null : { reason: blocked.reason, returnCode: blocked.network_code },
    customer: idOf(method.customer),
    createdMs: method.created * 1000,
  };
}

function stillAttached(id: string, why: string): MinutebookError {
  return new MinutebookError({ code: 'internal', detail: `Stripe refuses to detach ${id}: ${why}` });
}
