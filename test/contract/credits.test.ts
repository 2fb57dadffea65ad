import { readGrantEntry } from '../../contract/credits';
import { hourOf } from '../../domain/period';
import { usd } from '../domain/metering';
import { faultPlaces, refusalOf } from '../domain/refusals';

describe('the body of a grant', () => {
  const body = { key: 'launch', amount: '100', kind: 'promotional', validFrom: '2025-01-01T10:59:00Z' };

  test('is read; its validity is taken down and up to whole hours, and kept exactly besides', () => {
    const hour = hourOf(Date.UTC(2025, 0, 1, 10));
    expect(readGrantEntry({ ...body, validUntil: '2025-01-01T11:00:00.001Z', priority: 7 })).toEqual({
      key: 'launch',
      kind: 'promotional',
      amountNanos: usd(100),
      priority: 7,
      validFromMs: Date.UTC(2025, 0, 1, 10, 59),
      validUntilMs: Date.UTC(2025, 0, 1, 11, 0, 0, 1),
      validFromHour: hour,
      validUntilHour: hour + 2,
    });
    expect(readGrantEntry(body)).toMatchObject({ priority: 100, validUntilMs: null, validUntilHour: null });
    expect(readGrantEntry({ ...body, validUntil: '2025-01-01T11:00:00Z' }).validUntilHour).toBe(hour + 1);
  });

  test.each<[string, object, string[]]>([
    ['no key', { key: undefined }, ['key']],
    ['a key with a space', { key: 'a b' }, ['key']],
    ['a key that an address would lose', { key: '..' }, ['key']],
    ['an unknown kind', { kind: 'gift' }, ['kind']],
    ['nothing given', { amount: '0' }, ['amount']],
    ['a negative amount', { amount: '-1' }, ['amount']],
    ['ten decimals', { amount: '0.0000000001' }, ['amount']],
    ['a fraction as JSON number', { amount: 0.5 }, ['amount']],
    ['no start', { validFrom: undefined }, ['validFrom']],
    ['an end at its start', { validUntil: body.validFrom }, ['validUntil']],
    ['an end that is no instant', { validUntil: 'never' }, ['validUntil']],
    ['a priority of a fraction', { priority: 1.5 }, ['priority']],
    ['a priority out of range', { priority: 1001 }, ['priority']],
    ['an unknown field', { currency: 'USD' }, ['currency']],
    ['several faults', { key: '', amount: '', kind: '' }, ['key', 'kind', 'amount']],
  ])('is refused with %s', (_, change, places) => {
    expect(faultPlaces(() => readGrantEntry({ ...body, ...change }))).toEqual(places);
  });

  test('is refused where there is none', () => {
    expect(refusalOf(() => readGrantEntry(undefined)).code).toBe('invalid_request');
  });
});
