// Everything that can go wrong between us and Stripe while it takes money: what the charge says of it, and that looking up
// tells the truth afterwards.
import type { CallRecord } from '../../../gateways/payments/calls';
import { gatewayOf, justNow, requestFor, useGateway } from './gateway';

const records: CallRecord[] = [];
const gateway = useGateway({ timeoutMs: 1500, onCall: (record) => records.push(record) });
const on = 'POST /v1/payment_intents';

beforeEach(() => {
  records.length = 0;
});

test.each([
  // Whether it was executed is not known; it was.
  ['timeout_after', {}, 'unknown', 'paid', 'paid'],
  ['error_after', {}, 'unknown', 'paid', 'unknown'],
  ['slow', { delayMs: 3000 }, 'unknown', 'absent', 'paid'],
  // It was, and the package's second sending under the same key is told so.
  ['reset_after', {}, 'paid', 'paid', 'paid'],
  ['reset_after', { times: 2 }, 'unknown', 'paid', 'paid'],
  // It was not.
  ['reset_before', {}, 'paid', 'paid', 'paid'],
  ['reset_before', { times: 2 }, 'unknown', 'absent', 'paid'],
  ['error_before', {}, 'unknown', 'absent', 'paid'],
  ['rate_limited', {}, 'rate_limited', 'absent', 'paid'],
  ['lock_timeout', {}, 'rate_limited', 'absent', 'paid'],
])('%s %j: the charge is %s, looked up it is %s, sent again it is %s', async (kind, more, said, found, again) => {
  const { emulator, payments } = gateway();
  const request = await requestFor(emulator, 'pm_card_visa');
  const { workspace, invoice, attempt, customer } = request;
  const lookUp = () => payments.lookUpCharge({ workspace, invoice, attempt, customer, sinceMs: justNow() });
  await emulator.throwSwitch('faults', { on, kind, ...more });
  const outcome = await payments.charge(request);
  expect(outcome.kind).toBe(said);
  expect((await lookUp()).kind).toBe(found);
  expect(records.map(({ operation, outcome: noted }) => [operation, noted])).toEqual([
    ['payment_intents.create', said === 'paid' ? 'answered' : said],
    ['payment_intents.list', 'answered'],
  ]);
  if (kind === 'slow') await expectInUseUntilDone(request);
  const second = await payments.charge(request);
  expect(second.kind).toBe(again);
  // An error that was kept says so: under this key nothing else will ever be told.
  if (kind === 'error_after') expect([outcome, second]).toMatchObject([{ kind: said }, { isReplay: true }]);
  expect((await lookUp()).kind).toBe('paid');
  const intents = await emulator.stripe.paymentIntents.list({ customer });
  expect(intents.data.map(({ status }) => status)).toEqual(['succeeded']);
});

// While the first is on its way, the same key is in use: unknown, and not charged beside it.
async function expectInUseUntilDone(request: Awaited<ReturnType<typeof requestFor>>): Promise<void> {
  const { payments } = gateway();
  expect(await payments.charge(request)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('409') });
  await new Promise((resolve) => setTimeout(resolve, 1800));
}

test('what only reads says `unavailable` of the same faults', async () => {
  const { emulator, payments } = gateway();
  const faults = ['timeout_after', 'error_before', 'rate_limited', 'lock_timeout'];
  for (const kind of faults) {
    await emulator.throwSwitch('faults', { on: 'GET /v1/payment_intents/:id', kind });
    await expect(payments.readIntent('pi_1')).rejects.toMatchObject({ code: 'unavailable' });
  }
});

test('a key that is refused is a fault of the settings, and nothing is charged', async () => {
  const { emulator } = gateway();
  const payments = gatewayOf({ ...emulator, secretKey: 'sk_test_wrong_key_1' });
  const request = await requestFor(emulator, 'pm_card_visa');
  await expect(payments.charge(request)).rejects.toMatchObject({
    code: 'payments_misconfigured',
    message: expect.not.stringContaining('wrong_key'),
  });
  payments.close();
  expect((await emulator.stripe.paymentIntents.list({ customer: request.customer })).data).toEqual([]);
});

test('no more calls a second reach Stripe than are allowed', async () => {
  const { emulator } = gateway();
  const payments = gatewayOf(emulator, { callsPerSecond: 40 });
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: 21 }, () => payments.readIntent('pi_never')));
  expect(performance.now() - startedMs).toBeGreaterThan(495);
  payments.close();
});

test('nothing of what was sent or answered is noted of a call', async () => {
  const { emulator, payments } = gateway();
  await payments.charge(await requestFor(emulator, 'pm_card_visa'));
  expect(records).toEqual([
    {
      operation: 'payment_intents.create',
      outcome: 'answered',
      tookMs: expect.any(Number),
      waitedMs: expect.any(Number),
    },
  ]);
});
