// A Minutebook that charges at an emulator of Stripe of its own, both by one clock, with a workspace that has an unpaid invoice.

import type { Logger } from 'pino';
import type { BillingPage } from '../../api/page/billing-page';
import type { Connections, Settings } from '../../commands/connections';
import { makePaymentLink } from '../../commands/make-payment-link';
import { paymentsGateway } from '../../gateways/payments/stripe-payments';
import { at } from '../db/fixtures';
import { openEmulator, type StripeInTest } from '../stripe/emulator';
import { type Minutebook, type Problem, report, sendUsage, startMinutebook, withAcme } from './minutebook';

export const publicUrl = 'https://billing.example.com';
export const invoiceId = (workspace = 'acme') => `inv:${workspace}:2025-01:usage:1`;

/** The billing page, as far as the API knows of it. */
export const index = '<!doctype html><script type="module" src="/billing/assets/index-0a1b2c3d.js"></script>';
const indexFile = { type: 'text/html; charset=utf-8', plain: Buffer.from(index), isHashed: false };

export type PayingBook = Minutebook & {
  readonly emulator: StripeInTest;
  readonly charging: Connections & { readonly payments: NonNullable<Connections['payments']> };
  readonly nowMs: () => number;
  advance(ms: number): void;
  /** The path of a link of ours, as an e-mail has it. */
  link(
    of: { task: 'pay'; invoice: string; workspace?: string } | { task: 'method'; workspace?: string },
  ): Promise<string>;
  /** Begins what a link is for, as the billing page does; `url` is Stripe's page. */
  press(link: string): Promise<{ readonly status: number; readonly body: Problem; readonly url: string }>;
  /** Has the emulator send its events to an endpoint of ours, over a socket. */
  listen(): Promise<void>;
  /** What they are signed with. */
  webhookSecret(): string;
  /** Applies what is waiting in the inbox; answers what came of each, by type. */
  applyEvents(): Promise<readonly (readonly [type: string, outcome: string])[]>;
  /** A month of usage, and its invoice over $600. */
  issue(workspace?: string): Promise<void>;
};

/** When a book starts, in epoch milliseconds. */
export const startMs = at('2025-02-01T10:00:00Z');

export async function startPayingBook(
  shared?: StripeInTest,
  {
    log,
    platform,
    settings = {},
  }: {
    readonly log?: Logger;
    readonly platform?: BillingPage['platform'];
    readonly settings?: Partial<Settings>;
  } = {},
): Promise<PayingBook> {
  let nowMs = startMs;
  const emulator = shared ?? (await openEmulator({ clock: () => nowMs }));
  const payments = paymentsGateway({
    secretKey: emulator.secretKey,
    apiUrl: emulator.url,
    timeoutMs: 5000,
    callsPerSecond: 100,
  });
  const webhookSecrets: string[] = [];
  const book = await startMinutebook({
    webhookSecrets,
    now: '2025-02-01T10:00:00Z',
    freeCreditsUsd: '0',
    payments,
    page: { files: new Map([['index.html', indexFile]]), ...(platform === undefined ? {} : { platform }) },
    settings: { publicUrl, ...settings },
    ...(log === undefined ? {} : { log }),
  });
  await withAcme(book);
  return {
    ...book,
    emulator,
    charging: { ...book.connections, payments },
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
      book.setClock(new Date(nowMs).toISOString());
    },
    link: async (of) => {
      const url = await book.db.transaction((trx) =>
        makePaymentLink(trx, { workspace: 'acme', nowMs, ...of }, { publicUrl }),
      );
      return url.slice(publicUrl.length);
    },
    press: async (link) => {
      const token = link.slice(link.lastIndexOf('/') + 1);
      const answered = await book.app.inject({ method: 'POST', url: `/v1/links/${token}`, payload: {} });
      return { status: answered.statusCode, body: answered.json(), url: String(answered.json().url) };
    },
    listen: async () => {
      const address = await book.app.listen({ host: '127.0.0.1', port: 0 });
      const endpoint = await payments.ensureWebhookEndpoint(`${address}/v1/stripe/webhook`);
      if (endpoint.kind !== 'created') throw new Error(`expected a new endpoint, came one that is ${endpoint.kind}`);
      webhookSecrets.push(endpoint.secret);
    },
    webhookSecret: () => webhookSecrets[0] ?? '',
    applyEvents: async () => {
      const started = await book
        .db('outbox')
        .where({ workflow_type: 'applyStripeEvent' })
        .orderBy('outbox_id')
        .select('outbox_id', 'arguments');
      const outcomes: [string, string][] = [];
      for (const { outbox_id: id, arguments: of } of started) {
        const { type } = await book.db('stripe_events').where({ event: of.event }).first('type');
        outcomes.push([type, await book.activities.stripe.applyEvent(of)]);
        await book.db('outbox').where({ outbox_id: id }).delete();
      }
      return outcomes;
    },
    issue: async (workspace = 'acme') => {
      const used = report('2025-01-02T00:00:00Z', '2025-01-02T10:00:00Z', { workspace });
      await sendUsage(book, [used], '2025-02-01T00:00:00Z');
      await book.meter();
      await book.activities.billing.finalizeInvoice({ workspace, month: '2025-01' });
    },
    close: async () => {
      payments.close();
      if (shared === undefined) await emulator.close();
      await book.close();
    },
  };
}
