// The gateway over an emulator, and what a charge needs there.

import { cents } from '../../../domain/money';
import type { ChargeRequest, Payments } from '../../../gateways/payments/payments';
import { paymentsGateway, type StripeSettings } from '../../../gateways/payments/stripe-payments';
import { type StripeInTest, useEmulator } from '../../stripe/emulator';

export type GatewayInTest = { readonly emulator: StripeInTest; readonly payments: Payments };

/** One emulator and gateway for a whole jest file. */
export function useGateway(settings: Partial<StripeSettings> = {}): () => GatewayInTest {
  const emulator = useEmulator();
  let payments: Payments | undefined;
  beforeAll(() => {
    payments = gatewayOf(emulator(), settings);
  });
  afterAll(() => payments?.close());
  return () => {
    if (payments === undefined) throw new Error('the gateway is there once the first test runs');
    return { emulator: emulator(), payments };
  };
}

export function gatewayOf({ url, secretKey }: StripeInTest, settings: Partial<StripeSettings> = {}): Payments {
  return paymentsGateway({ secretKey, apiUrl: url, callsPerSecond: 1000, timeoutMs: 5000, ...settings });
}

let attempts = 0;

/** A request for a new attempt, of a customer who has such a method (`pm_card_visa`). */
export async function requestFor(emulator: StripeInTest, alias: string): Promise<ChargeRequest> {
  const { id: customer } = await emulator.stripe.customers.create({ name: 'Acme' });
  const { id, type } = await emulator.stripe.paymentMethods.attach(alias, { customer });
  attempts++;
  return {
    workspace: 'acme',
    invoice: `in-${attempts}`,
    attempt: '1',
    customer,
    paymentMethod: { id, type: type === 'card' ? 'card' : 'us_bank_account' },
    amountCents: cents(12_345n),
    description: 'Invoice 1, January 2025',
    idempotencyKey: `charge/in-${attempts}/1`,
    usage: 'recurring',
  };
}

/** Minutes ago, as an attempt's row would have it. */
export function justNow(): number {
  return Date.now() - 60_000;
}
