// Where Stripe sends its events: judged by their signature over the bytes as they came, stored, and only then answered.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { receiveStripeEvents } from '../../commands/receive-stripe-events';
import { MinutebookError } from '../../domain/errors';
import type { Api } from '../api';
import { charging } from '../paying';

/** Registered in a context of its own: only here a body stays as it came. */
export async function stripeWebhookRoutes(app: FastifyInstance, api: Api): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // Stripe's signature is its key. What is well signed is taken, whatever it is about; while Postgres is away it is not, so
  // that Stripe sends it again.
  app.post(
    '/v1/stripe/webhook',
    { config: { access: 'open', rateLimit: 'none' }, schema: { hide: true } },
    async (request) => {
      const { payments } = charging(api);
      const nowMs = await api.clock();
      const verified = payments.verifyEvent({ ...signedBy(request), secrets: api.webhookSecrets ?? [], nowMs });
      if (verified.kind === 'bad') throw bad(verified.because);
      const received = { events: [verified.event], cameBy: 'webhook', nowMs } as const;
      await api.db.transaction((trx) => receiveStripeEvents(trx, received, api.settings));
      return { received: true };
    },
  );
}

function signedBy({ body, headers }: FastifyRequest) {
  const signature = headers['stripe-signature'];
  return {
    rawBody: Buffer.isBuffer(body) ? body : '',
    signature: Array.isArray(signature) ? signature[0] : signature,
  };
}

function bad(because: 'signature' | 'malformed'): MinutebookError {
  const detail =
    because === 'signature'
      ? 'expected an event of Stripe, signed within the last five minutes with the secret of this endpoint (STRIPE_WEBHOOK_SECRET), as the header Stripe-Signature says it'
      : 'expected an event of Stripe as JSON, came something else that is signed as one';
  return new MinutebookError({ code: 'invalid_request', detail });
}
