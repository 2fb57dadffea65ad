// The emulator as a process and on disk: what it knows survives a restart, and no card number ever lies there.

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accounts } from '../../../sandbox/stripe/behaviours/accounts';
import { cards } from '../../../sandbox/stripe/behaviours/cards';
import { openEmulator } from '../../stripe/emulator';
import { fillCheckout } from '../../stripe/fill-checkout';
import { chargeOffSession, customerWith } from '../../stripe/paying';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'minutebook-stripe-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const everything = () =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(directory, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

test('a restart keeps objects, keys, what is due, and the time', async () => {
  const first = await openEmulator({ directory });
  const paying = await customerWith(first.stripe, 'pm_usBankAccount_success');
  const debit = await chargeOffSession(first.stripe, paying, 4000);
  const params = { name: 'Once' };
  const once = await first.stripe.customers.create(params, { idempotencyKey: 'k' });
  await first.throwSwitch('advance', { seconds: 3 * 86_400 });
  await first.stripe.customers.update(once.id, { metadata: { a: '1' } });
  await first.close();

  const second = await openEmulator({ directory });
  try {
    expect(second.secretKey).toBe(first.secretKey);
    expect(await second.stripe.customers.retrieve(once.id)).toMatchObject({ name: 'Once', metadata: { a: '1' } });
    expect((await second.stripe.paymentIntents.retrieve(debit.id)).status).toBe('processing');
    await second.throwSwitch('advance', { seconds: 86_400 });
    expect((await second.stripe.paymentIntents.retrieve(debit.id)).status).toBe('succeeded');
  } finally {
    await second.close();
  }
});

test('what was answered is written already, and a line that a crash cut off is passed over', async () => {
  const first = await openEmulator({ directory });
  const customer = await first.stripe.customers.create({ name: 'Acme' });
  // Not closed: as after a kill.
  appendFileSync(path.join(directory, 'journal.jsonl'), '["customers",{"id":"cus_half');
  const second = await openEmulator({ directory, secretKey: first.secretKey });
  expect(await second.stripe.customers.retrieve(customer.id)).toMatchObject({ name: 'Acme' });
  const { data } = await second.stripe.customers.list();
  expect(data).toHaveLength(1);
  await second.close();
  await first.close();
});

test('no number of a card or an account lies on the disk, whatever became of it', async () => {
  const emulator = await openEmulator({ directory });
  try {
    for (const typed of [
      ...cards.map(({ number }) => ({ number })),
      ...accounts.map(({ number: account }) => ({ account })),
    ]) {
      const customer = await emulator.stripe.customers.create({ name: 'Acme' });
      const session = await emulator.stripe.checkout.sessions.create({
        mode: 'setup',
        customer: customer.id,
        currency: 'usd',
        success_url: 'https://shop.example/done',
      });
      await fillCheckout(session.url ?? '', typed);
    }
    const text = everything();
    expect(text).toContain('"last4":"4242"');
    for (const { number } of [...cards, ...accounts]) expect(text).not.toContain(number);
    for (const name of readdirSync(directory)) expect(statSync(path.join(directory, name)).mode & 0o077).toBe(0);
  } finally {
    await emulator.close();
  }
});

test('the journal is rewritten as what is alive when it is opened again', async () => {
  const first = await openEmulator({ directory });
  const customer = await first.stripe.customers.create({ name: 'Acme' });
  for (let at = 0; at < 50; at++) await first.stripe.customers.update(customer.id, { name: `Acme ${at}` });
  await first.close();
  const before = everything()
    .split('\n')
    .filter((line) => line.startsWith('["customers"')).length;
  await (await openEmulator({ directory })).close();
  const after = everything()
    .split('\n')
    .filter((line) => line.startsWith('["customers"'));
  expect([before, after.length]).toEqual([51, 1]);
  expect(after[0]).toContain('Acme 49');
});
