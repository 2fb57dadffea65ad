// What a Checkout session is about, and what that comes to.

import type Stripe from 'stripe';
import { invalid } from '../protocol/errors';
import type { Values } from '../protocol/parameters';
import { newId } from '../world';
import type { createFields } from './checkout-parameters';

type Asked = Values<typeof createFields>;

export function itemsOf({ line_items: items = [] }: Asked): readonly Stripe.LineItem[] {
  return items.map(({ price_data: price, quantity = 1 }, at) => {
    const param = `line_items[${at}][price_data]`;
    const { currency, unit_amount: unit, product_data: product } = price ?? {};
    if (currency === undefined || unit === undefined || product?.name === undefined) {
      const message = `Missing required param: ${param} with currency, unit_amount and product_data[name].`;
      throw invalid({ code: 'parameter_missing', message, param });
    }
    return {
      id: newId('li_1'),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: unit * quantity,
      amount_tax: 0,
      amount_total: unit * quantity,
      currency: currency.toLowerCase(),
      description: product.name,
      metadata: {},
      price: null,
      quantity,
    };
  });
}

export function amountsOf({ currency, mode }: Asked, items: readonly Stripe.LineItem[]) {
  if (mode === 'setup') {
    return { amount_subtotal: null, amount_total: null, currency: currency ?? null, total_details: null };
  }
  const total = items.reduce((sum, { amount_total: amount }) => sum + amount, 0);
  if (total < 50) {
    const message = `The Checkout Session's total amount must convert to at least 50 cents.`;
    throw invalid({ code: 'amount_too_small', message, param: 'line_items' });
  }
  return {
    amount_subtotal: total,
    amount_total: total,
    currency: items[0]?.currency ?? null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  };
}
