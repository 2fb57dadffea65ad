// What no single parameter of a PaymentIntent shows: amounts out of range, and parameters that exclude each other.

import { invalid } from '../protocol/errors';
import type { Values } from '../protocol/parameters';
import type { createFields, shared } from './payment-intent-parameters';

const confirmOnly = ['error_on_requires_action', 'off_session', 'mandate', 'mandate_data', 'return_url'] as const;

export function checkCreate(values: Values<typeof createFields>): void {
  const { amount = 0, confirm: isConfirmed, currency = '' } = values;
  checkAmount(amount, currency);
  for (const name of confirmOnly) {
    if (!isConfirmed && values[name] !== undefined) {
      const message = `You can only pass in \`${name}\` when \`confirm\` is true.`;
      throw invalid({ message, param: name });
    }
  }
  for (const name of ['excluded_payment_method_types', 'automatic_payment_methods'] as const) {
    if (values.allowed_payment_method_types !== undefined && values[name] !== undefined) {
      const message = `You may only specify one of these parameters: allowed_payment_method_types, ${name}.`;
      throw invalid({ code: 'parameters_exclusive', message, param: 'allowed_payment_method_types' });
    }
  }
  checkUsage(values);
}

export function checkAmount(amount: number, currency: string): void {
  if (!/^[a-z]{3}$/i.test(currency)) throw invalid({ message: `Invalid currency: ${currency}`, param: 'currency' });
  if (amount < 1) {
    const message = 'This value must be greater than or equal to 1.';
    throw invalid({ code: 'parameter_invalid_integer', message, param: 'amount' });
  }
  if (amount < 50) {
    const message = 'Amount must be at least $0.50 usd';
    throw invalid({ code: 'amount_too_small', message, param: 'amount' });
  }
  if (amount > 99_999_999) {
    const message = 'Amount must be no more than $999,999.99';
    throw invalid({ code: 'amount_too_large', message, param: 'amount' });
  }
}

export function checkUsage({ payment_method_options: given, setup_future_usage: future }: Values<typeof shared>): void {
  const declared = given?.card?.stored_credential_usage ?? given?.card?.setup_credential_usage;
  if (declared === undefined || (future ?? given?.card?.setup_future_usage) === undefined) return;
  const message =
    'You may only specify one of these parameters: setup_future_usage, payment_method_options[card][stored_credential_usage].';
  throw invalid({ code: 'parameters_exclusive', message, param: 'setup_future_usage' });
}
