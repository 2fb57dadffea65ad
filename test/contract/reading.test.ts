import { type TSchema, Type } from '@sinclair/typebox';
import fc from 'fast-check';
import { BillingEntry } from '../../contract/billing';
import { GrantEntry } from '../../contract/credits';
import { PriceEntries } from '../../contract/prices';
import { readAs, readField } from '../../contract/reading';
import { Id, Instant, line, OnTheHour, Percent, usd, whole, words } from '../../contract/scalars';
import { entry, leavable, orNull } from '../../contract/shape';
import { TermsEntry } from '../../contract/terms';
import { WorkspaceEntry } from '../../contract/workspaces';
import { newAjv } from '../api/described';
import { faultPlaces, faultsOf, refusalOf } from '../domain/refusals';

const Order = entry('Order', {
  name: line(20),
  amount: usd({ description: 'dollars' }),
  until: orNull(Instant),
  parts: leavable(
    Type.Array(Type.Object({ kind: words(['new', 'old']), count: whole({ minimum: 1, maximum: 9 }) }), {
      minItems: 1,
    }),
  ),
  tags: leavable(Type.Array(Id, { uniqueItems: true })),
});
const order = { name: 'An order', amount: '1.5', until: '2025-01-01T00:00:00Z' };
const read = (body: unknown) => readAs(Order, body, { what: 'the order is' });
const messages = (body: unknown) => faultsOf(() => read(body)).map(({ field, message }) => `${field}: ${message}`);

describe('a body read by its schema', () => {
  test('comes out as values: dollars as nano-dollars, instants as milliseconds', () => {
    expect(read({ ...order, parts: [{ kind: 'new', count: 2 }] })).toEqual({
      name: 'An order',
      amount: 1_500_000_000n,
      until: Date.UTC(2025, 0, 1),
      parts: [{ kind: 'new', count: 2 }],
    });
  });

  test('has no field that was left out or is null where it may be left out, and null where null says something', () => {
    expect(read({ ...order, until: null, parts: null, tags: undefined })).toEqual({
      name: 'An order',
      amount: 1_500_000_000n,
      until: null,
    });
  });

  test('is refused with every fault, each with its place, what was expected and what came', () => {
    const bad = { nane: 'x', amount: 0.5, until: 7, parts: [{ kind: 'used', count: 10, more: 1 }, 'part'], tags: {} };
    expect(messages(bad)).toEqual([
      'nane: unknown field, expected one of name, amount, until, parts, tags',
      'name: expected a text of 1 to 20 characters on one line, came nothing',
      'amount: expected US dollars as a decimal string with at most nine decimals, such as "0.02012", came 0.5',
      'until: expected an RFC 3339 instant such as 2025-01-31T23:59:00Z, from 1970 on, or null, came 7',
      'parts[0].more: unknown field, expected one of kind, count',
      'parts[0].kind: expected one of new, old, came "used"',
      'parts[0].count: expected a whole number from 1 to 9, came 10',
      'parts[1]: expected an object, came "part"',
      'tags: expected a list, came an object',
    ]);
  });

  test('is refused with too few entries, and with one that comes twice', () => {
    expect(messages({ ...order, parts: [], tags: ['a', 'b', 'a'] })).toEqual([
      'parts: expected at least 1 of them, came none',
      'tags: expected each of them once',
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString'])('is refused with a field %s, which every object has', (name) => {
    const body: unknown = JSON.parse(`{"name": "x", "amount": 1, "until": null, "${name}": {}}`);
    expect(faultPlaces(() => read(body))).toEqual([name]);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'order'],
  ])('that is %s is refused with what it would have had to hold', (_, body) => {
    expect(faultPlaces(() => read(body))).toEqual(['body', 'name', 'amount', 'until']);
    expect(refusalOf(() => read(body)).detail).toMatch(
      /^the order is refused as a whole: 4 faults; body: expected an obj/,
    );
  });

  test('that is a list names faults by index', () => {
    const Orders = Type.Array(Order);
    const places = (body: unknown) => faultPlaces(() => readAs(Orders, body, { what: 'orders are', entry: 'order' }));
    expect(places([order, null, { ...order, tags: ['/'] }])).toEqual(['1 order', '2 tags[0]']);
    expect(places({})).toEqual(['body']);
  });

  test('is told to its rule as far as it could be read', () => {
    const told: unknown[] = [];
    const rule = (found: unknown) => told.push(found);
    expect(
      faultPlaces(() => readAs(Order, { ...order, amount: 'x', parts: [1] }, { what: 'it is', rule })),
    ).toHaveLength(2);
    expect(told).toEqual([{ name: 'An order', amount: undefined, until: Date.UTC(2025, 0, 1), parts: [undefined] }]);
  });

  test('of which one value is wanted names it by its field', () => {
    expect(readField(Id, 'acme', { field: 'workspace', what: 'the address is' })).toBe('acme');
    const refusal = refusalOf(() => readField(Id, 'a b', { field: 'workspace', what: 'the address is' }));
    expect(refusal.detail).toMatch(
      /^the address is refused as a whole: 1 fault; workspace: expected an id of 1 to 128/,
    );
  });

  test('cannot be one of which nothing says how to read it', () => {
    expect(() => readAs(Type.String(), 'x', { what: 'it is' })).toThrow('nothing says how to read');
  });
});

describe('a single value', () => {
  const hour = Date.UTC(2025, 0, 1) / 3_600_000;
  test.each<[string, TSchema, unknown, unknown]>([
    ['an hour', OnTheHour, '2025-01-01T00:00:00Z', hour],
    ['an hour elsewhere', OnTheHour, '2025-01-01T05:30:00+05:30', hour],
    ['a percent', Percent, '12.5', 1250],
    ['a percent as a number', Percent, 12.25, 1225],
    ['all of it', Percent, 100, 10_000],
  ])('%s is read', (_, schema, value, expected) => {
    expect(readField(schema as typeof Percent, value, { field: 'it', what: 'it is' })).toBe(expected);
  });

  test.each<[string, TSchema, unknown, RegExp]>([
    ['half an hour', OnTheHour, '2025-01-01T00:30:00Z', /an instant on a whole hour \(UTC\), came "2025-01-01T00:30/],
    ['a day', OnTheHour, '2025-01-01', /an RFC 3339 instant/],
    ['more than all', Percent, 100.01, /a percent from 0 to 100 with at most two decimals, came 100.01/],
    ['a percent that is too exact', Percent, 1e-7, /at most two decimals/],
    ['one dot', Id, '.', /other than \. and \.\./],
    ['two dots', Id, '..', /other than \. and \.\./],
  ])('%s is refused', (_, schema, value, message) => {
    const [fault] = faultsOf(() => readField(schema as typeof Percent, value, { field: 'it', what: 'it is' }));
    expect(fault?.message).toMatch(message);
  });
});

// What the reader takes is what the OpenAPI document promises. The rules that no schema says (tiers ascend, an end after
// its beginning, on the hour, sums within 64 bits) are in the tests of each body, and the values here keep clear of them.
describe('the reader and the schema', () => {
  const ajv = newAjv();
  const values = [
    ...['acme', '..', '', ' ', 'a b', 'two\nlines', 'é', 'x'.repeat(129), 'x'.repeat(201), '😀'.repeat(150)],
    ...['2025-01-01T00:00:00Z', '2025-02-30T00:00:00Z', 'a@b.example', 'a@b', '12.5', '-1', '101', '0.0000000001', '5'],
    ...['free', 'education', 'serving', 'charge', null, true, 0, 1, 50, 365, 366, -1, 0.5, 1e300, {}, []],
    ...['DE', 'de', 'ZZ', 'one\u2028two', ['a@b.example'], Array(6).fill('a@b.example')],
    ...[['serving'], ['serving', 'serving'], [null], [{}], [{ upTo: null, percent: 5 }], [{ upTo: '1', percent: '5' }]],
    ...[
      { kind: 'nonprofit', percent: 5 },
      { kind: 'x', percent: 5 },
      { kind: 'education', percent: '5', more: 1 },
    ],
  ];
  const bodies: readonly [string, TSchema, object][] = [
    [
      'billing details',
      BillingEntry,
      {
        name: 'A',
        address: { line1: 'x', line2: 'y', city: 'z', region: 'r', postalCode: '1', country: 'DE' },
        taxId: 't',
        purchaseOrder: 'p',
        emails: ['a@b.example'],
      },
    ],
    ['a workspace', WorkspaceEntry, { name: 'Acme', billingEmail: 'a@b.example', startsAt: '2025-01-01T00:00:00Z' }],
    [
      'terms',
      TermsEntry,
      {
        effectiveFrom: '2025-01-01T00:00:00Z',
        plan: 'p',
        volumeTiers: [{ upTo: null, percent: 1 }],
        programDiscount: { kind: 'education', percent: '2' },
        billablePhases: ['idle'],
        collection: 'invoice',
        netDays: 3,
      },
    ],
    [
      'a grant',
      GrantEntry,
      {
        key: 'k',
        kind: 'free',
        amount: '1',
        validFrom: '2025-01-01T00:00:00Z',
        validUntil: '2026-01-01T00:00:00Z',
        priority: 3,
      },
    ],
  ];
  const isRead = (schema: TSchema, body: unknown) => {
    try {
      readAs(schema, body, { what: 'it is' });
      return true;
    } catch (error) {
      if (refusalOf(() => readAs(schema, body, { what: 'it is' }))) return false;
      throw error;
    }
  };
  const changed = (valid: object) =>
    fc
      .array(fc.tuple(fc.constantFrom(...Object.keys(valid), 'other'), fc.constantFrom<unknown>(...values)), {
        maxLength: 2,
      })
      .chain((changes) =>
        fc.subarray(Object.keys(valid), { minLength: Object.keys(valid).length - 2 }).map((kept) => ({
          ...Object.fromEntries(Object.entries(valid).filter(([name]) => kept.includes(name))),
          ...Object.fromEntries(changes),
        })),
      );

  test.each(bodies)('say the same of %s', (_, schema, valid) => {
    const validate = ajv.compile(schema);
    expect([validate(valid), isRead(schema, valid)]).toEqual([true, true]);
    fc.assert(
      fc.property(fc.oneof(changed(valid), fc.constantFrom<unknown>(...values)), (body) => {
        expect(isRead(schema, body)).toBe(validate(body));
      }),
      { numRuns: 1000 },
    );
  });

  // A price has to lie within what a minute may cost: of the values above only these do.
  test('say the same of prices', () => {
    const validate = ajv.compile(PriceEntries);
    const price = {
      instanceType: 'A/1',
      usdPerMinute: '0.1',
      effectiveFrom: '2025-01-01T00:00:00Z',
      workspace: 'acme',
    };
    const within = changed(price).filter(
      ({ usdPerMinute }) => typeof usdPerMinute !== 'number' && !['-1', '101'].includes(String(usdPerMinute)),
    );
    fc.assert(
      fc.property(fc.array(within, { maxLength: 3 }), (body) => {
        expect(isRead(PriceEntries, body)).toBe(validate(body));
      }),
      { numRuns: 1000 },
    );
  });
});
