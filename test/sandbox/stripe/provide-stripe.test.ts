import { provideStripe } from '../../../sandbox/stripe/provide-stripe';

test('with STRIPE_SECRET_KEY no emulator is started, and no setting of the caller’s is touched', async () => {
  const started: string[] = [];
  const around = {
    home: '/nowhere',
    env: { STRIPE_SECRET_KEY: 'sk_test_of_an_account', STRIPE_API_URL: '' },
    say: () => undefined,
    onSpawn: () => undefined,
    keepUp: async () => {
      started.push('something');
      throw new Error('nothing is to be started');
    },
  };
  const provided = await provideStripe(around, { stripe: 8095, api: 8080 });
  await provided.sendWebhooksTo('http://127.0.0.1:8080');
  expect(provided).toMatchObject({ stripe: null, settings: {} });
  expect(started).toEqual([]);
});
