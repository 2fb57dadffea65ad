import { nanos, nanosPerUsd } from '../../domain/money';
import {
  completeTerms,
  defaultTerms,
  sameTerms,
  type Terms,
  termsAsJson,
  termsFromJson,
  termsInForce,
} from '../../domain/terms';

const terms: Terms = {
  plan: 'Enterprise',
  volumeTiers: [
    { upToNanos: nanos(10_000n * nanosPerUsd), basisPoints: 0 },
    { upToNanos: nanos(50_000n * nanosPerUsd), basisPoints: 1000 },
    { upToNanos: null, basisPoints: 1225 },
  ],
  programDiscount: { kind: 'nonprofit', basisPoints: 2050 },
  billablePhases: ['serving', 'idle'],
  collection: 'invoice',
  netDays: 30,
};

describe('terms', () => {
  test('are the default ones where nothing is said but the plan', () => {
    expect(completeTerms({ plan: 'standard' })).toEqual(defaultTerms);
    expect(defaultTerms.billablePhases).not.toContain('idle');
  });

  test('have 30 net days for invoices, unless said otherwise, and phases in their fixed order', () => {
    expect(completeTerms({ plan: 'p', collection: 'invoice' }).netDays).toBe(30);
    expect(completeTerms({ plan: 'p', collection: 'invoice', netDays: 0 }).netDays).toBe(0);
    expect(completeTerms({ plan: 'p', billablePhases: ['idle', 'serving'] }).billablePhases).toEqual([
      'serving',
      'idle',
    ]);
  });

  test('survive being stored', () => {
    const stored: unknown = JSON.parse(JSON.stringify(termsAsJson(terms)));
    expect(termsFromJson(stored as ReturnType<typeof termsAsJson>)).toEqual(terms);
    expect(sameTerms(terms, { ...terms, billablePhases: ['idle', 'serving'] })).toBe(true);
    expect(sameTerms(terms, { ...terms, netDays: 31 })).toBe(false);
    expect(() => termsFromJson({ ...termsAsJson(terms), volumeTiers: [{ upTo: 'x', basisPoints: 1 }] })).toThrow(
      'stored',
    );
  });

  test('hold from their hour until the next; before the first there are none', () => {
    const points = [
      { fromHour: 10, terms },
      { fromHour: 20, terms: defaultTerms },
    ];
    expect([9, 10, 19, 20].map((hour) => termsInForce(points, hour))).toEqual([
      defaultTerms,
      terms,
      terms,
      defaultTerms,
    ]);
  });
});
