// `npm run stripe-webhook -- URL`: makes the endpoint at Stripe to which it sends events, and prints its secret, once.

import type { WebhookEndpoint } from '../gateways/payments/payments';
import { paymentsGateway } from '../gateways/payments/stripe-payments';

const usage = `npm run stripe-webhook -- URL
  URL  where Stripe reaches the API from outside, such as https://billing.example.com/v1/stripe/webhook
  It needs STRIPE_SECRET_KEY, and STRIPE_API_URL where Stripe is somewhere else.`;

async function main(): Promise<void> {
  const [url] = process.argv.slice(2);
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_URL: apiUrl } = process.env;
  if (!secretKey || url === undefined || !URL.canParse(url)) throw new Error(usage);
  const payments = paymentsGateway({ secretKey, ...(apiUrl ? { apiUrl } : {}) });
  try {
    tell(await payments.ensureWebhookEndpoint(url));
  } finally {
    payments.close();
  }
}

function tell(endpoint: WebhookEndpoint): void {
  switch (endpoint.kind) {
    case 'created':
      console.error(`${endpoint.id} is made. Its secret is told only now:`);
      console.log(`STRIPE_WEBHOOK_SECRET=${endpoint.secret}`);
      return;
    case 'present':
      console.error(
        `${endpoint.id} is there already${endpoint.eventsChanged ? '; its events are brought up to date' : ''}.`,
      );
      return;
    case 'other_version':
      throw new Error(
        `${endpoint.id} has this address but sends events as of ${endpoint.apiVersion ?? "the account's version"}, which cannot be changed: delete it in the Dashboard, then run this again`,
      );
    default:
      endpoint satisfies never;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
