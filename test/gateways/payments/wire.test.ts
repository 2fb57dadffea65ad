// What is sent of a charge, to the letter, and answers that no emulator gives: cut off, trickling, of a proxy, of the other
// mode. A server of our own takes and gives them.
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Stripe from 'stripe';
import { cents } from '../../../domain/money';
import type { ChargeRequest, Payments } from '../../../gateways/payments/payments';
import { paymentsGateway } from '../../../gateways/payments/stripe-payments';

let answer: (response: ServerResponse) => void = () => {};
let received: { readonly headers: IncomingHttpHeaders; readonly body: string } | undefined;
let server: Server;
let payments: Payments;

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      received = { headers: request.headers, body };
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  payments = paymentsGateway({ secretKey: 'sk_live_12345678', apiUrl, timeoutMs: 400, callsPerSecond: 1000 });
});

afterAll(async () => {
  payments.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const request: ChargeRequest = {
  workspace: 'acme',
  invoice: 'in-1',
  attempt: '1',
  customer: 'cus_1',
  paymentMethod: { id: 'pm_1', type: 'card' },
  amountCents: cents(500n),
  description: 'Invoice 1',
  idempotencyKey: 'charge/in-1/1',
  usage: 'recurring',
};

const intent = {
  id: 'pi_1',
  object: 'payment_intent',
  status: 'succeeded',
  amount: 500,
  amount_received: 500,
  currency: 'usd',
};
const live = JSON.stringify({ ...intent, livemode: true, latest_charge: 'ch_1' });

function answering(status: number, body: string, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

function trickling(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const dripping = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(dripping));
}

test('a whole answer is taken', async () => {
  answer = answering(200, live);
  expect(await payments.charge(request)).toMatchObject({ kind: 'paid', charge: 'ch_1', booking: null });
});

test('a charge is sent with everything that keeps it from being parked, under our key and the pinned version', async () => {
  answer = answering(200, live);
  const amountOnly = { amount: '500', currency: 'usd', customer: 'cus_1', payment_method: 'pm_1' };
  const unattended = { off_session: 'true', confirm: 'true', error_on_requires_action: 'true' };
  const marks = { 'metadata[workspace]': 'acme', 'metadata[invoice]': 'in-1', 'metadata[attempt]': '1' };
  const common = { ...amountOnly, ...unattended, ...marks, description: 'Invoice 1' };
  const expand = { 'expand[0]': 'latest_charge.balance_transaction' };
  await payments.charge(request);
  expect(Object.fromEntries(new URLSearchParams(received?.body))).toEqual({
    ...common,
    ...expand,
    'allowed_payment_method_types[0]': 'card',
    'payment_method_options[card][stored_credential_usage]': 'recurring',
  });
  expect(received?.headers).toMatchObject({
    'idempotency-key': 'charge/in-1/1',
    'stripe-version': Stripe.API_VERSION,
  });
  // The networks' declaration is of cards alone.
  await payments.charge({ ...request, paymentMethod: { id: 'pm_1', type: 'us_bank_account' } });
  expect(Object.fromEntries(new URLSearchParams(received?.body))).toEqual({
    ...common,
    ...expand,
    'allowed_payment_method_types[0]': 'us_bank_account',
  });
});

test.each([
  [
    'a body that is cut off',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '1000' }).write(live);
      setTimeout(() => response.destroy(), 20);
    },
  ],
  ['half a body, as if it were whole', answering(200, live.slice(0, 50))],
  ['no body', answering(200, '')],
  ['null', answering(200, 'null')],
  ['a list instead', answering(200, '[]')],
  ['something else', answering(200, '{"object":"customer","id":"cus_1"}')],
  ['an amount that is none', answering(200, JSON.stringify({ ...intent, amount_received: 5.5 }))],
  ['a page of a proxy', answering(502, '<html>Bad gateway</html>')],
  ['a page of a proxy that says it is fine', answering(200, '<html>Hello</html>')],
  ['an error without an error', answering(503, '{}')],
  ['silence', () => {}],
  ['a trickle without end', trickling],
])('%s is unknown', async (_, how) => {
  answer = how;
  expect((await payments.charge(request)).kind).toBe('unknown');
});

test('an answer of the other mode than the key is a fault of the settings, whatever it says', async () => {
  answer = answering(200, JSON.stringify({ ...intent, livemode: false }));
  const expected = { code: 'payments_misconfigured', message: expect.stringMatching(/expected answers of live mode/) };
  await expect(payments.charge(request)).rejects.toMatchObject(expected);
  answer = answering(200, JSON.stringify({ object: 'list', data: [{ ...intent, livemode: false }], has_more: false }));
  const of = { workspace: 'acme', invoice: 'in-1', attempt: '1', customer: 'cus_1', sinceMs: 0 };
  await expect(payments.lookUpCharge(of)).rejects.toMatchObject(expected);
});

test.each([
  [403, { error: { type: 'invalid_request_error', message: 'The key lacks the permission' } }],
  [400, { error: { type: 'invalid_request_error', message: 'Invalid Stripe API version: 2026-10-28.endive' } }],
])('%d %j is a fault of the settings', async (status, body) => {
  answer = answering(status, JSON.stringify(body));
  await expect(payments.readIntent('pi_1')).rejects.toMatchObject({ code: 'payments_misconfigured' });
});
