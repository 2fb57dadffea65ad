import { readTermsEntry } from '../../contract/terms';
import { nanos, nanosPerUsd } from '../../domain/money';
import { hourOf } from '../../domain/period';
import { defaultTerms, type Terms } from '../../domain/terms';
import { faultPlaces, refusalOf } from '../domain/refusals';

const effectiveFrom = '2025-01-01T00:00:00Z';
const body = {
  effectiveFrom,
  plan: 'Enterprise',
  volumeTiers: [
    { upTo: '10000', percent: 0 },
    { upTo: 50000, percent: '10' },
    { upTo: null, percent: 12.25 },
  ],
  programDiscount: { kind: 'nonprofit', percent: '20.5' },
  billablePhases: ['idle', 'serving'],
  collection: 'invoice',
};
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

describe('the body of terms', () => {
  test('are read, with phases in their fixed order and 30 net days for invoices', () => {
    expect(readTermsEntry(body)).toEqual({ fromHour: hourOf(Date.UTC(2025, 0, 1)), terms });
  });

  test('are the default ones where nothing is said but the plan', () => {
    expect(readTermsEntry({ effectiveFrom, plan: 'standard' }).terms).toEqual(defaultTerms);
    const nothing = { volumeTiers: [], programDiscount: null, billablePhases: null, collection: null, netDays: null };
    expect(readTermsEntry({ effectiveFrom, plan: 'standard', ...nothing }).terms).toEqual(defaultTerms);
  });

  test.each<[string, object, string[]]>([
    ['no plan', { plan: undefined }, ['plan']],
    ['a blank plan', { plan: ' ' }, ['plan']],
    ['no time', { effectiveFrom: undefined }, ['effectiveFrom']],
    ['a time off the hour', { effectiveFrom: '2025-01-01T00:00:01Z' }, ['effectiveFrom']],
    ['tiers that are no list', { volumeTiers: {} }, ['volumeTiers']],
    ['a tier that is no object', { volumeTiers: [7] }, ['volumeTiers[0]']],
    ['a last tier with an end', { volumeTiers: [{ upTo: '10', percent: 1 }] }, ['volumeTiers[0].upTo']],
    [
      'an endless tier before the last',
      {
        volumeTiers: [
          { upTo: null, percent: 1 },
          { upTo: null, percent: 2 },
        ],
      },
      ['volumeTiers[0].upTo'],
    ],
    [
      'tiers that do not ascend',
      {
        volumeTiers: [
          { upTo: '10', percent: 1 },
          { upTo: '10', percent: 2 },
          { upTo: null, percent: 3 },
        ],
      },
      ['volumeTiers[1].upTo'],
    ],
    [
      'a first tier of nothing',
      {
        volumeTiers: [
          { upTo: '0', percent: 1 },
          { upTo: null, percent: 2 },
        ],
      },
      ['volumeTiers[0].upTo'],
    ],
    ['a tier without percent', { volumeTiers: [{ upTo: null }] }, ['volumeTiers[0].percent']],
    ['a tier with more', { volumeTiers: [{ upTo: null, percent: 1, from: 0 }] }, ['volumeTiers[0].from']],
    ['an unknown program', { programDiscount: { kind: 'friends', percent: 1 } }, ['programDiscount.kind']],
    ['a percent above 100', { programDiscount: { kind: 'education', percent: 100.01 } }, ['programDiscount.percent']],
    [
      'a percent of three decimals',
      { programDiscount: { kind: 'education', percent: '1.125' } },
      ['programDiscount.percent'],
    ],
    ['a negative percent', { programDiscount: { kind: 'education', percent: -1 } }, ['programDiscount.percent']],
    ['an unknown phase', { billablePhases: ['serving', 'sleeping'] }, ['billablePhases[1]']],
    ['a phase twice', { billablePhases: ['serving', 'serving'] }, ['billablePhases']],
    [
      'tiers of which one is none and another does not ascend',
      {
        volumeTiers: [
          { upTo: '10', percent: 101 },
          { upTo: '5', percent: 1 },
          { upTo: null, percent: 2 },
        ],
      },
      ['volumeTiers[0].percent', 'volumeTiers[1].upTo'],
    ],
    ['no phase', { billablePhases: [] }, ['billablePhases']],
    ['an unknown collection', { collection: 'cash' }, ['collection']],
    ['net days of a fraction', { netDays: 1.5 }, ['netDays']],
    ['net days beyond a year', { netDays: 366 }, ['netDays']],
    ['net days where it is charged', { collection: 'charge', netDays: 14 }, ['netDays']],
    ['net days where nothing is said of collection', { collection: null, netDays: 14 }, ['netDays']],
    ['an unknown field', { discount: 1 }, ['discount']],
    ['several faults', { plan: '', collection: 'x', netDays: -1 }, ['plan', 'collection', 'netDays']],
  ])('are refused with %s', (_, change, places) => {
    expect(faultPlaces(() => readTermsEntry({ ...body, ...change }))).toEqual(places);
  });

  test('are refused where there is no body, with what is missing', () => {
    expect(faultPlaces(() => readTermsEntry(null))).toEqual(['body', 'effectiveFrom', 'plan']);
    expect(refusalOf(() => readTermsEntry(null)).code).toBe('invalid_request');
  });
});
