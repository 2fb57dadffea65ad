// What no single parameter of a Checkout session shows.

import { invalid } from '../protocol/errors';
import type { Values } from '../protocol/parameters';
import type { createFields } from './checkout-parameters';

export function checkCreate(values: Values<typeof createFields>): void {
  const { mode, success_url: success, line_items: items, allowed_payment_method_types: allowed, currency } = values;
  const need = (param: string, why: string) => {
    throw invalid({ code: 'parameter_missing', message: `Missing required param: ${param}. ${why}`, param });
  };
  if (success === undefined) need('success_url', 'A hosted page leads there.');
  if (mode === 'payment' && (items ?? []).length === 0)
    need('line_items', '`line_items` is required in `payment` mode.');
  if (mode === 'setup' && allowed === undefined && currency === undefined) {
    need('currency', '`currency` is required in `setup` mode when using dynamic payment methods.');
  }
  const param = mode === 'setup' ? 'payment_intent_data' : 'setup_intent_data';
  if (values[param] !== undefined)
    throw invalid({ message: `You can not pass \`${param}\` in \`${mode}\` mode.`, param });
  if (mode === 'setup' && items !== undefined) {
    throw invalid({ message: 'You can not pass `line_items` in `setup` mode.', param: 'line_items' });
  }
  if (allowed !== undefined && values.excluded_payment_method_types !== undefined) {
    const message =
      'You may only specify one of these parameters: allowed_payment_method_types, excluded_payment_method_types.';
    throw invalid({ code: 'parameters_exclusive', message, param: 'allowed_payment_method_types' });
  }
}
