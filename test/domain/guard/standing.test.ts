import type { Draw, Grant } from '../../../domain/credits';
import { creditStanding } from '../../../domain/guard/standing';
import { usd } from '../metering';

const hour = 1000;
const free: Grant = {
  key: 'free',
  kind: 'free',
  amountNanos: usd(100),
  remainingNanos: usd(100),
  validFromHour: 0,
  validUntilHour: null,
  priority: 100,
};
const drawn = (atHour: number, dollars: number): Draw => ({
  grantKey: 'free',
  hour: atHour,
  amountNanos: usd(dollars),
});
const standing = (draws: readonly Draw[], grants: readonly Grant[] = [free]) =>
  creditStanding({ grants, bills: [{ draws }], hour });

describe('how a workspace stands with its credits', () => {
  test.each([
    ['nothing used', [], 100, 0, 'ok'],
    ['half used', [drawn(1, 50)], 50, 50, 'ok'],
    ['a little less than half used', [drawn(1, 49)], 51, 0, 'ok'],
    ['80 % used', [drawn(1, 80)], 20, 80, 'low'],
    ['all used', [drawn(1, 100)], 0, 100, 'gone'],
  ])('%s', (_, draws, dollars, usedThreshold, level) => {
    expect(standing(draws)).toMatchObject({ remainingNanos: usd(dollars), usedThreshold, level, hoursLeft: null });
  });

  test('is low with less than 24 hours left at the present burn', () => {
    expect(standing([drawn(hour - 1, 4)])).toMatchObject({ burnNanosPerHour: usd(4), hoursLeft: 24, level: 'ok' });
    expect(standing([drawn(hour - 1, 5)])).toMatchObject({ burnNanosPerHour: usd(5), hoursLeft: 19, level: 'low' });
    expect(standing([drawn(hour - 1, 1), drawn(hour, 6)])).toMatchObject({ burnNanosPerHour: usd(6), level: 'low' });
  });

  test('counts only grants that are valid now', () => {
    const expired = { ...free, key: 'old', validUntilHour: hour };
    const coming = { ...free, key: 'new', validFromHour: hour + 1 };
    expect(standing([drawn(1, 10)], [free, expired, coming])).toMatchObject({
      grantedNanos: usd(100),
      remainingNanos: usd(90),
    });
    expect(standing([], [expired, coming])).toMatchObject({ grantedNanos: 0n, remainingNanos: 0n, level: 'gone' });
  });

  test('says the same whether grants that are used up are among them or counted together', () => {
    const spent = { ...free, key: 'spent', remainingNanos: usd(0) };
    const together = creditStanding({
      grants: [free],
      usedUpNanos: usd(200),
      bills: [{ draws: [drawn(1, 10)] }],
      hour,
    });
    expect(together).toEqual(standing([drawn(1, 10)], [free, spent, { ...spent, key: 'other' }]));
    expect(together).toMatchObject({ grantedNanos: usd(300), usedThreshold: 50 });
  });
});

describe('the burn', () => {
  test('is the same before an invoice is issued and after', () => {
    const before = standing([drawn(hour - 1, 5)]);
    const left = { ...free, remainingNanos: usd(95) };
    const after = creditStanding({ grants: [left], bills: [], issuedDraws: [drawn(hour - 1, 5)], hour });
    expect(after).toEqual(before);
  });
});
