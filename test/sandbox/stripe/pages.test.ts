// The emulator's pages for whoever looks: they show what happened, their buttons work, and foreign pages cannot press them.

import { request } from 'node:http';
import { useEmulator } from '../../stripe/emulator';
import { chargeOffSession, customerWith } from '../../stripe/paying';
import { openReceiver } from '../../stripe/webhook-receiver';

const emulator = useEmulator();
const client = () => emulator().stripe;

const press = (address: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
  const init = { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers } as const;
  return fetch(`${emulator().url}${address}`, init);
};

const page = async (address: string) => (await fetch(`${emulator().url}${address}`)).text();

test('the viewer shows each event with its deliveries, escaped, and sends one again', async () => {
  const receiver = await openReceiver();
  await client().webhookEndpoints.create({ url: receiver.url, enabled_events: ['customer.created'] });
  await client().customers.create({ name: '<b>Acme</b> & Sons' });
  const [hook] = await receiver.untilReceived(1);
  await emulator().untilTried(1);
  const html = await page('/');
  expect(html).toContain('&lt;b&gt;Acme&lt;/b&gt; &amp; Sons');
  expect(html).toMatch(/customer\.created[\s\S]*delivered<\/span> <span class="soft">1 attempt/);
  expect(html).not.toContain('<script');
  const again = await press(`/_emulator/events/${hook?.id}/replay`, {});
  expect([again.status, again.headers.get('location')]).toEqual([303, '/']);
  expect(await receiver.untilReceived(2)).toHaveLength(2);
  receiver.close();
});

test('a charge is disputed and the dispute closed by buttons', async () => {
  const intent = await chargeOffSession(client(), await customerWith(client(), 'pm_card_visa'), 3100);
  await press(`/_emulator/disputes/${String(intent.latest_charge)}`, {});
  const { data } = await client().disputes.list({ payment_intent: intent.id });
  await press(`/_emulator/disputes/${data[0]?.id}/close`, { status: 'won' });
  expect((await client().disputes.retrieve(data[0]?.id ?? '')).status).toBe('won');
});

test('time, faults and webhooks are switched by forms, which lead back', async () => {
  const before = (await emulator().read('state')) as { now: number };
  const referer = `${emulator().url}/switches`;
  const answer = await press('/_emulator/advance', { seconds: '86400' }, { referer });
  expect(answer.headers.get('location')).toBe('/switches');
  const after = (await emulator().read('state')) as { now: number };
  expect(after.now - before.now).toBeGreaterThanOrEqual(86_400);
  await press('/_emulator/faults', { on: 'GET /v1/balance', kind: 'rate_limited', times: '1' });
  expect(await page('/switches')).toContain('rate limited, 1 times, at <code>GET /v1/balance</code>');
  await expect(client().balance.retrieve()).rejects.toMatchObject({ code: 'rate_limit' });
  await press('/_emulator/webhooks', { pause: 'true' });
  expect(await page('/switches')).toContain('aria-pressed="true">pause: on');
  await press('/_emulator/webhooks', { pause: 'false' });
});

test('a page of somebody else cannot press them, nor read anything under its own name', async () => {
  const foreign = await press('/_emulator/advance', { seconds: '86400' }, { origin: 'https://evil.example' });
  expect(foreign.status).toBe(403);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request(`${emulator().url}/`, { headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.once('error', reject);
    asked.end();
  });
  expect(status).toBe(421);
});

test.each([
  ['GET', '/nowhere', 404],
  ['GET', '/c/pay/cs_none', 404],
  ['GET', '/authenticate/pi_none', 404],
  ['GET', '/_emulator/nowhere', 404],
  ['PUT', '/_emulator/faults', 404],
  ['GET', '/health', 200],
])('%s %s is %i', async (method, address, status) => {
  expect((await fetch(`${emulator().url}${address}`, { method })).status).toBe(status);
});
