import { defaultRetries } from '../../domain/dunning/retries';
import { schedules } from '../../workers/schedules';

const idsOf = (listed: ReturnType<typeof schedules>) => listed.map(({ scheduleId }) => scheduleId);
const metering = { meteringEveryMs: 20_000, meteringParallel: 2 };

test('Stripe is followed by the clock where there is one', () => {
  const payments = { secretKey: 'sk_test_x', webhookSecrets: [], callsPerSecond: 20, retries: defaultRetries };
  expect(idsOf(schedules({ ...metering, payments }))).toEqual([
    'meterUsage',
    'mend',
    'sweepStripeEvents',
    'rereadPayments',
  ]);
  expect(idsOf(schedules(metering))).toEqual(['meterUsage', 'mend']);
});
