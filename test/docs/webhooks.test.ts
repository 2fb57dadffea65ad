// The sample of docs/webhooks.md, as it stands there, against what is really sent.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { payloadOf } from '../../domain/webhooks/event';
import { secretOf, webhookHeaders } from '../../gateways/models/signature';

const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'webhooks.md'), 'utf8');
const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
type Check = (secret: string, headers: Readonly<Record<string, string>>, rawBody: string) => boolean;
const isFromMinutebook = new Function('require', `${code}; return isFromMinutebook;`)(require) as Check;

const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const body = '{"type":"invoice.paid"}';
const now = () => Math.floor(Date.now() / 1000);
const signed = (timestamp: number) => webhookHeaders(keys, { id: 'evt_1', timestamp, body });

test('takes what is signed with its secret, be it the newer of two or the older', () => {
  for (const key of keys) expect(isFromMinutebook(secretOf(key), signed(now()), body)).toBe(true);
});

test('takes nothing else', () => {
  const secret = secretOf(Buffer.alloc(32, 1));
  expect(isFromMinutebook(secretOf(Buffer.alloc(32, 3)), signed(now()), body)).toBe(false);
  expect(isFromMinutebook(secret, signed(now()), `${body} `)).toBe(false);
  expect(isFromMinutebook(secret, { ...signed(now()), 'webhook-id': 'evt_2' }, body)).toBe(false);
  expect(isFromMinutebook(secret, signed(now() - 600), body)).toBe(false);
  expect(isFromMinutebook(secret, {}, body)).toBe(false);
});

test('the event that is shown there is one that is sent', () => {
  const [, event = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const { type, data } = JSON.parse(event) as { type: string; data: object };
  const facts = {
    invoice: 'inv:acme:2025-01:usage:1',
    number: 1,
    month: '2025-01',
    totalCents: '1235',
    paidCents: '1235',
    creditedCents: '0',
  };
  const sent = payloadOf({ id: 'evt_1', type: 'invoice.paid', workspace: 'acme', atMs: 0, facts });
  expect({ type, data }).toEqual({ type: sent.type, data: sent.data });
});
