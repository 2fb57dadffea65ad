// Secrets and payment data that go in, each marked, over a broad set of calls, right and wrong: none is in the log, in an
// answer that refuses something, in the audit log, or with what is kept of Stripe's events.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { pino } from 'pino';
import Stripe from 'stripe';
import { createApiKey } from '../../commands/create-key';
import { sendEmail } from '../../commands/send-email';
import { createSmtpMailer } from '../../gateways/mail/smtp-mailer';
import { emailKey, startMailing } from '../commands/mailing';
import { fillCheckout } from '../stripe/fill-checkout';
import { startMailingBook } from './mailing-book';
import { invoiceId, type PayingBook, publicUrl, startPayingBook } from './paying-book';

const card = { number: '4242424242424242', cvc: '739', name: 'Marked Holder' };
const markedInEvent = ['pi_marked_secret_1', '4000056655665556', 'Marked Street 7', 'marked-fingerprint'];

const lines: string[] = [];
const refused: string[] = [];
let book: PayingBook;
let secrets: readonly string[];

type Asked = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly headers?: Record<string, string>;
  readonly payload?: string;
};

// What is refused is kept, unless the caller put the secret into the address or the body himself: it is told only to him.
async function ask(url: string, { isToldBack = false, ...asked }: Asked & { readonly isToldBack?: boolean } = {}) {
  const answer = await book.app.inject({ url, ...asked });
  if (answer.statusCode >= 400 && !isToldBack)
    refused.push(`${asked.method} ${url} ${answer.body} ${JSON.stringify(answer.headers)}`);
  return answer;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const json = { 'content-type': 'application/json' };

beforeAll(async () => {
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  book = await startPayingBook(undefined, { log });
  await book.listen();
  await book.issue();
  const workspace = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'acme' });
  await payAndSave();
  secrets = [
    ...(await useKeys([book.keys.admin, book.keys.platform, workspace])),
    ...(await useLinks()),
    ...(await sendEvents()),
    ...[book.emulator.secretKey, book.webhookSecret(), card.number, card.name],
  ];
}, 120_000);
afterAll(() => book.close());

async function useKeys(keys: readonly string[]): Promise<readonly string[]> {
  const body = { role: 'platform', name: 'cluster' };
  const made = (await book.call<{ id: string; key: string }>('POST', '/v1/keys', { body })).body;
  const rotated = (await book.call<{ key: string }>('POST', `/v1/keys/${made.id}/rotate`, { body: { validFor: '0s' } }))
    .body;
  const all = [...keys, made.key, rotated.key];
  for (const key of all) {
    for (const url of [
      '/v1/workspaces',
      '/v1/prices',
      '/v1/workspaces/nobody',
      '/v1/keys',
      '/v1/audit?limit=x',
      '/metrics',
      '/v1/none',
    ]) {
      await ask(url, { headers: bearer(key) });
      await ask(url, { method: 'POST', headers: { ...bearer(key), ...json }, payload: '{' });
    }
    for (const authorization of [key, `Basic ${key}`, `Bearer  ${key} `, `Bearer ${key}x`])
      await ask('/v1/prices', { headers: { authorization } });
    await ask('/v1/prices', { headers: { cookie: `minutebook=${key}` } });
    // Where keys do not belong.
    for (const url of [`/v1/prices?key=${key}`, `/v1/workspaces/${key}`, `/v1/keys/${key}`, `/${key}`]) {
      await ask(url, { headers: bearer(book.keys.admin), isToldBack: true });
      await ask(url, { isToldBack: true });
    }
    const payload = JSON.stringify({ source: 's', key, reports: [{ workspace: key }] });
    await ask('/v1/usage', {
      method: 'POST',
      headers: { ...bearer(book.keys.admin), ...json },
      payload,
      isToldBack: true,
    });
  }
  await book.db.raw('alter table prices rename to prices_away');
  for (const key of all.slice(0, 3)) await ask('/v1/prices', { headers: bearer(key) });
  await book.db.raw('alter table prices_away rename to prices');
  return all;
}

async function useLinks(): Promise<readonly string[]> {
  const body = { returnUrl: `${publicUrl}/back` };
  const made = await book.call<{ url: string }>('POST', '/v1/workspaces/acme/billing-page', { body });
  const paths = [
    made.body.url.slice(publicUrl.length),
    await book.link({ task: 'pay', invoice: invoiceId() }),
    await book.link({ task: 'method' }),
  ];
  const cookies: string[] = [];
  for (const path of paths) {
    const token = path.split('/').at(-1);
    for (const url of [path, `${path}/`, `${path}?a=b`, `/elsewhere${path}`, `${path}/more`, `/v1/links/${token}`]) {
      await ask(url, { method: 'HEAD', isToldBack: true });
      const { headers } = await ask(url, { headers: { 'sec-fetch-dest': 'document' }, isToldBack: true });
      cookies.push(...[headers['set-cookie'] ?? []].flat().map((each) => /=([^;]*)/.exec(each)?.[1] ?? ''));
      await ask(url, { method: 'PUT', headers: json, payload: '{}', isToldBack: true });
    }
  }
  const visits = cookies.filter((value) => value.length > 20);
  expect(visits.length).toBeGreaterThan(0);
  for (const visit of visits) await ask('/v1/workspaces/other', { headers: { cookie: `minutebook_acme=${visit}` } });
  return [...paths.map((path) => path.split('/').at(-1) ?? path), ...visits];
}

async function payAndSave(): Promise<void> {
  const press = async (link: string) => {
    const token = link.split('/').at(-1);
    const { body } = await ask(`/v1/links/${token}`, { method: 'POST', headers: json, payload: '{}' });
    return (JSON.parse(body) as { url: string }).url;
  };
  for (const task of [{ task: 'method' }, { task: 'pay', invoice: invoiceId() }] as const) {
    const hosted = await press(await book.link(task));
    const { ledTo } = await fillCheckout(hosted, card);
    if (ledTo?.startsWith(publicUrl)) await ask(ledTo.slice(publicUrl.length));
  }
  await book.emulator.untilTried(3);
  await book.applyEvents();
  for (const url of [
    `/v1/invoices/${invoiceId()}/payments`,
    '/v1/workspaces/acme/payment-method',
    '/health/payments',
  ]) {
    await book.call('GET', url);
  }
  expect((await book.call('GET', '/v1/workspaces/acme/payment-method')).body).toMatchObject({ last4: '4242' });
}

async function sendEvents(): Promise<readonly string[]> {
  const [client_secret, number, line1, fingerprint] = markedInEvent;
  const object = {
    id: 'pi_marked',
    object: 'payment_intent',
    client_secret,
    number,
    line1,
    card: { number, fingerprint, cvc: card.cvc },
  };
  const facts = { object: 'event', created: Math.floor(book.nowMs() / 1000), livemode: false, data: { object } };
  for (const type of ['payment_intent.succeeded', 'customer.updated', 'charge.refunded', 'no.such']) {
    const payload = JSON.stringify({ id: `evt_${type}`, type, ...facts });
    const timestamp = Math.floor(book.nowMs() / 1000);
    for (const secret of [book.webhookSecret(), 'whsec_another_marked']) {
      const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
      const headers = { ...json, 'stripe-signature': signature };
      await ask('/v1/stripe/webhook', { method: 'POST', headers, payload });
      await ask('/v1/stripe/webhook', {
        method: 'POST',
        headers: { ...headers, ...bearer(book.keys.admin) },
        payload: payload.slice(1),
      });
    }
  }
  await book.applyEvents().catch(() => undefined);
  return [...markedInEvent, 'whsec_another_marked'];
}

const holding = (texts: readonly string[]) =>
  texts.flatMap((text) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => ({ secret, text: text.slice(0, 600) })),
  );

test('the secrets are ones, and enough was logged and refused', () => {
  expect(secrets.every((secret) => secret.length > 8)).toBe(true);
  expect(lines.length).toBeGreaterThan(100);
  expect(refused.length).toBeGreaterThan(40);
});

test('no line of the log holds one', () => {
  expect(holding(lines)).toEqual([]);
});

test('no refusal holds one', () => {
  expect(holding(refused)).toEqual([]);
});

test.each(['audit_log', 'stripe_events', 'outbox', 'api_keys', 'page_sessions', 'payment_methods', 'payments'])(
  'no row of %s holds one',
  async (table) => {
    const { rows } = await book.db.raw(`select to_jsonb(t)::text as row from ${table} t`);
    expect(rows.length).toBeGreaterThan(0);
    expect(holding(rows.map(({ row }: { readonly row: string }) => row))).toEqual([]);
  },
);

// A mail server that lets nobody in.
function refusing(socket: Socket): void {
  socket.on('error', () => undefined).write('220 mail.example.com\r\n');
  socket.on('data', (chunk) => {
    const isHello = /^EHLO/i.test(chunk.toString());
    socket.write(isHello ? '250-mail.example.com\r\n250 AUTH PLAIN LOGIN\r\n' : '535 5.7.8 not you\r\n');
  });
}

test('the password of the mail server is in no error, no row and no answer', async () => {
  const mailing = await startMailing();
  const api = await startMailingBook(mailing);
  const password = 'marked-smtp-password';
  const server = createServer(refusing).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const mailer = createSmtpMailer({
    url: `smtp://postmaster:${password}@127.0.0.1:${port}`,
    from: { name: 'Example', address: 'billing@example.com' },
    timeouts: { greetingMs: 1500, silenceMs: 1500 },
  });
  await mailing.issue();
  const sending = sendEmail(
    { ...mailing.connections, mail: { ...mailing.mail, mailer } },
    { email: emailKey, round: 0, workspace: 'acme' },
  );
  const error: unknown = await sending.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  expect(error).toBeInstanceOf(Error);
  const { rows } = await mailing.db.raw('select to_jsonb(t)::text as row from email_addresses t');
  const { body } = await api.call('GET', '/v1/workspaces/acme/emails');
  const health = await api.call('GET', '/health/mail');
  const all = [error, (error as Error).message, (error as Error).stack, rows, body, health.body].map((each) =>
    JSON.stringify(each),
  );
  const told = [
    password,
    Buffer.from(password).toString('base64'),
    Buffer.from(`\0postmaster\0${password}`).toString('base64'),
  ];
  for (const secret of told) expect(all.filter((text) => text?.includes(secret))).toEqual([]);
  mailer.close();
  server.close();
  await api.close();
  await mailing.stop();
});
