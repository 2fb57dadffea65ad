import { type PaymentsSettings, readPaymentsSettings } from '../../runtime/payments-settings';

const least = { STRIPE_SECRET_KEY: 'sk_test_hush51hush', STRIPE_WEBHOOK_SECRET: 'whsec_hushhushhush' };

function read(env: Record<string, string>): { settings: PaymentsSettings | undefined; faults: readonly string[] } {
  const faults: string[] = [];
  const settings = readPaymentsSettings(env, faults);
  return { settings, faults };
}

const hours = (...each: readonly number[]) => each.map((hour) => hour * 3_600_000);

test('a key and a secret are enough', () => {
  expect(read(least)).toEqual({
    settings: {
      secretKey: least.STRIPE_SECRET_KEY,
      webhookSecrets: [least.STRIPE_WEBHOOK_SECRET],
      callsPerSecond: 20,
      retries: hours(24, 72, 120, 168),
    },
    faults: [],
  });
});

test('everything that can be set', () => {
  const { settings, faults } = read({
    ...least,
    STRIPE_API_URL: 'http://127.0.0.1:12111',
    STRIPE_WEBHOOK_SECRET: 'whsec_hushhushhush, whsec_hush2hush2',
    STRIPE_RATE: '5',
    DUNNING_RETRIES: '1h,2h',
  });
  expect(faults).toEqual([]);
  expect(settings).toEqual({
    secretKey: least.STRIPE_SECRET_KEY,
    apiUrl: 'http://127.0.0.1:12111',
    webhookSecrets: ['whsec_hushhushhush', 'whsec_hush2hush2'],
    callsPerSecond: 5,
    retries: hours(1, 2),
  });
});

test('without a key payments are off, and what else is set is looked at all the same', () => {
  expect(read({})).toEqual({ settings: undefined, faults: [] });
  expect(read({ STRIPE_SECRET_KEY: '', DUNNING_RETRIES: '24h' })).toEqual({ settings: undefined, faults: [] });
  expect(read({ DUNNING_RETRIES: 'never' }).faults).toEqual([expect.stringMatching(/^DUNNING_RETRIES must be/)]);
});

test.each([
  [{ STRIPE_WEBHOOK_SECRET: '' }, /^STRIPE_WEBHOOK_SECRET is not set: with STRIPE_SECRET_KEY it must be/],
  [{ STRIPE_WEBHOOK_SECRET: 'hushhushhush' }, /^STRIPE_WEBHOOK_SECRET must be/],
  [{ STRIPE_WEBHOOK_SECRET: 'whsec_hushhush1,whsec_hushhush2,whsec_hushhush3' }, /^STRIPE_WEBHOOK_SECRET must be/],
  [{ STRIPE_SECRET_KEY: 'pk_test_hush51hush' }, /^STRIPE_SECRET_KEY must be/],
  [{ STRIPE_SECRET_KEY: 'sk_test_hush51hush\n' }, /^STRIPE_SECRET_KEY must be/],
  [{ STRIPE_API_URL: 'stripe.internal' }, /^STRIPE_API_URL must be/],
  [{ STRIPE_API_URL: 'https://hush@stripe.internal' }, /^STRIPE_API_URL must be/],
  [{ STRIPE_API_URL: 'https://stripe.internal/v1' }, /^STRIPE_API_URL must be .* no path/],
  [
    { STRIPE_API_URL: 'http://stripe.internal', STRIPE_SECRET_KEY: 'sk_live_hush51hush' },
    /^STRIPE_API_URL must be .* https:\/\/, as the key is a live one/,
  ],
  [{ STRIPE_RATE: '0' }, /^STRIPE_RATE must be a whole number from 1 to 100; got "0"/],
  [{ STRIPE_RATE: '101' }, /^STRIPE_RATE must be/],
  [{ DUNNING_RETRIES: '72h,24h' }, /^DUNNING_RETRIES must be 1 to 10 durations .*; got "72h,24h"/],
])('%j is a fault, told without its secrets', (changes, fault) => {
  const { faults } = read({ ...least, ...changes });
  expect(faults).toEqual([expect.stringMatching(fault)]);
  expect(faults.join()).not.toMatch(/hush/);
});

test('secret and restricted keys of both modes are taken', () => {
  for (const key of ['sk_live_12345678', 'rk_live_12345678', 'rk_test_12345678']) {
    expect(read({ ...least, STRIPE_SECRET_KEY: key }).faults).toEqual([]);
  }
});
