import { readPriceEntries } from '../../contract/prices';
import { hourOf } from '../../domain/period';
import { faultPlaces, faultsOf, refusalOf } from '../domain/refusals';

const price = { instanceType: 'A10Gx4x16', usdPerMinute: '0.02012', effectiveFrom: '2025-01-01T00:00:00Z' };
const hour = hourOf(Date.UTC(2025, 0, 1));

describe('the body of prices', () => {
  test('is read, exactly', () => {
    expect(
      readPriceEntries([
        price,
        { ...price, workspace: 'acme', usdPerMinute: 1, effectiveFrom: '2025-01-01T05:00:00+05:00' },
      ]),
    ).toEqual([
      { instanceType: 'A10Gx4x16', priceNanos: 20_120_000n, fromHour: hour },
      { instanceType: 'A10Gx4x16', priceNanos: 1_000_000_000n, fromHour: hour, workspace: 'acme' },
    ]);
  });

  test('may end the contract price of a workspace', () => {
    expect(readPriceEntries([{ ...price, workspace: 'acme', usdPerMinute: null }])).toEqual([
      { instanceType: 'A10Gx4x16', priceNanos: null, fromHour: hour, workspace: 'acme' },
    ]);
    expect(faultsOf(() => readPriceEntries([{ ...price, usdPerMinute: null }]))[0]?.message).toBe(
      "expected a price, came null: only a workspace's contract price can be ended",
    );
  });

  test('names an entry that comes twice once', () => {
    expect(readPriceEntries([price, { ...price, usdPerMinute: '0.0201200' }])).toHaveLength(1);
    expect(readPriceEntries([])).toEqual([]);
  });

  test.each<[string, unknown, string[]]>([
    ['no list', { prices: [] }, ['body']],
    ['no object', [7], ['0 price']],
    ['nothing in it', [{}], ['0 instanceType', '0 usdPerMinute', '0 effectiveFrom']],
    ['a negative price', [{ ...price, usdPerMinute: '-0.01' }], ['0 usdPerMinute']],
    ['ten decimals', [{ ...price, usdPerMinute: '0.0000000001' }], ['0 usdPerMinute']],
    ['a fraction as JSON number', [{ ...price, usdPerMinute: 0.02012 }], ['0 usdPerMinute']],
    ['a number beyond exactness', [{ ...price, usdPerMinute: 2 ** 53 }], ['0 usdPerMinute']],
    ['a price beyond all reason', [{ ...price, usdPerMinute: '100.000000001' }], ['0 usdPerMinute']],
    ['a time off the hour', [{ ...price, effectiveFrom: '2025-01-01T00:30:00Z' }], ['0 effectiveFrom']],
    ['an offset of half an hour', [{ ...price, effectiveFrom: '2025-01-01T00:00:00+05:30' }], ['0 effectiveFrom']],
    ['a workspace that is no id', [{ ...price, workspace: '' }], ['0 workspace']],
    ['an end of what no workspace has', [{ ...price, workspace: 'a b', usdPerMinute: null }], ['0 workspace']],
    ['a name with a space', [{ ...price, instanceType: 'A10G x4' }], ['0 instanceType']],
    ["an end of everybody's price", [{ ...price, usdPerMinute: null }], ['0 usdPerMinute']],
    [
      'an end and a price for one hour',
      [
        { ...price, workspace: 'acme' },
        { ...price, workspace: 'acme', usdPerMinute: null },
      ],
      ['1 usdPerMinute'],
    ],
    ['an unknown field', [{ ...price, currency: 'USD' }], ['0 currency']],
    ['two prices for one hour', [price, { ...price, usdPerMinute: '1' }], ['1 usdPerMinute']],
    [
      'faults in two entries',
      [{ ...price, instanceType: '' }, price, { ...price, usdPerMinute: '' }],
      ['0 instanceType', '2 usdPerMinute'],
    ],
  ])('is refused with %s', (_, body, places) => {
    expect(faultPlaces(() => readPriceEntries(body))).toEqual(places);
    expect(refusalOf(() => readPriceEntries(body)).code).toBe('invalid_request');
  });
});
