import fc from 'fast-check';
import { computeBill } from '../../domain/bill';
import type { GrantKind } from '../../domain/credits';
import {
  balanced,
  type ExpiryCause,
  expiryPostings,
  type GivenFor,
  grantPosting,
  invoiceEntries,
  returnedEntry,
} from '../../domain/ledger';
import { cents, nanos, sumNanos } from '../../domain/money';
import { hourOf, parseInstant } from '../../domain/period';
import { usd } from './metering';

const at = (text: string): number => {
  const ms = parseInstant(text);
  if (ms === undefined) throw new Error(`not an instant: ${text}`);
  return ms;
};

const billed = { volume: [], program: [], draws: [], parts: [] };

test.each([
  [
    'an invoice with discounts, credits and a residue',
    {
      listNanos: usd(100),
      volumeDiscountNanos: usd(10),
      programDiscountNanos: usd(5),
      creditsAppliedNanos: usd(20),
      amountDueNanos: usd(65),
      totalCents: cents(6501n),
      roundingNanos: nanos(10_000_000n),
    },
    {
      receivable: 65_010_000_000n,
      credits: 20_000_000_000n,
      discounts: 15_000_000_000n,
      revenue: -100_000_000_000n,
      rounding: -10_000_000n,
    },
  ],
  [
    'an invoice that credits cover whole',
    {
      listNanos: usd(7),
      volumeDiscountNanos: usd(0),
      programDiscountNanos: usd(0),
      creditsAppliedNanos: usd(7),
      amountDueNanos: usd(0),
      totalCents: cents(0n),
      roundingNanos: usd(0),
    },
    { credits: 7_000_000_000n, revenue: -7_000_000_000n },
  ],
])('%s is posted', (_what, amounts, expected) => {
  const entries = invoiceEntries({ ...billed, ...amounts });
  expect(Object.fromEntries(entries.map((entry) => [entry.account, entry.amountNanos]))).toEqual(expected);
});

test('an invoice of nothing posts nothing', () => {
  expect(invoiceEntries(computeBill({ parts: [], terms: [], grants: [] }))).toEqual([]);
});

describe('giving', () => {
  test.each<[GrantKind, GivenFor | undefined, GivenFor]>([
    ['free', undefined, 'credits_granted'],
    ['promotional', undefined, 'credits_granted'],
    ['goodwill', undefined, 'credits_granted'],
    ['adjustment', undefined, 'credits_granted'],
    ['purchased', undefined, 'cash'],
    ['adjustment', 'receivable', 'receivable'],
    ['purchased', 'receivable', 'receivable'],
  ])('a grant of kind %s, for %p, is owed as credit and booked to %s', (kind, said, account) => {
    expect(grantPosting({ key: 'g', kind, amountNanos: usd(3) }, said)).toEqual({
      key: 'grant:g',
      grantKey: 'g',
      entries: [
        { account: 'credits', amountNanos: -usd(3) },
        { account, amountNanos: usd(3) },
      ],
    });
  });
});

describe('expiry', () => {
  const until = '2025-01-20T10:30:00Z';
  const expiry = (of: {
    remaining?: number;
    validUntil?: string | null;
    posted?: number;
    closedThrough?: string | null;
    cause?: ExpiryCause;
  }) => {
    const { remaining = 5, validUntil = until, posted, closedThrough = '2025-02-01T00:00:00Z', cause = '2025-01' } = of;
    // A validity is in whole hours: its end is taken up to the hour.
    const validUntilHour = validUntil === null ? null : hourOf(at(validUntil) + 3_599_999);
    return expiryPostings({
      grants: [{ key: 'g', remainingNanos: usd(remaining), validUntilHour }],
      posted: new Map(posted === undefined ? [] : [['g', usd(posted)]]),
      closedThroughMs: closedThrough === null ? null : at(closedThrough),
      cause,
    });
  };

  test.each<[string, Parameters<typeof expiry>[0], number | undefined]>([
    ['is what is left once the hours that it pays are closed', {}, 5],
    ['is posted once', { posted: 5 }, undefined],
    ['is not posted of a grant without end', { validUntil: null }, undefined],
    ['is not posted of a grant that is used up', { remaining: 0 }, undefined],
    ['is not posted before any period is closed', { closedThrough: null }, undefined],
    ['is not posted while an hour that it pays is open', { closedThrough: '2025-01-20T10:59:00Z' }, undefined],
    ['is posted from the end of its last hour on', { closedThrough: '2025-01-20T11:00:00Z' }, 5],
    ['is posted of one that lasts to the end of the period', { validUntil: '2025-02-01T00:00:00Z' }, 5],
    ['is not posted of one that lasts an hour longer', { validUntil: '2025-02-01T00:00:01Z' }, undefined],
    ['is taken back by a later draw', { posted: 5, remaining: 3, cause: '2025-02' }, -2],
    ['is taken back by a draw of all', { posted: 5, remaining: 0, cause: '2025-02' }, -5],
    ['is more after a return', { posted: 3, remaining: 5, cause: 'note-7' }, 2],
  ])('%s', (_what, of, amount) => {
    const expected = {
      key: `grant-expired:g:${of.cause ?? '2025-01'}`,
      grantKey: 'g',
      entries: [
        { account: 'credits', amountNanos: usd(amount ?? 0) },
        { account: 'credits_expired', amountNanos: -usd(amount ?? 0) },
      ],
    };
    expect(expiry(of)).toEqual(amount === undefined ? [] : [expected]);
  });

  test('finds nothing to do a second time, whatever was posted before', () => {
    const grant = fc.record({
      remaining: fc.nat(9),
      posted: fc.nat(9),
      untilHour: fc.option(fc.nat(9)),
    });
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 5 }), fc.option(fc.nat(9)), (drawn, closedHour) => {
        const grants = drawn.map(({ remaining, untilHour }, index) => ({
          key: `g${index}`,
          remainingNanos: usd(remaining),
          validUntilHour: untilHour,
        }));
        const posted = new Map(drawn.map((each, index) => [`g${index}`, usd(each.posted)]));
        const closedThroughMs = closedHour === null ? null : closedHour * 3_600_000;
        const postings = expiryPostings({ grants, posted, closedThroughMs, cause: '2025-01' });
        for (const { grantKey = '', entries } of postings) {
          expect(sumNanos(entries.map((entry) => entry.amountNanos))).toBe(0n);
          posted.set(grantKey, nanos((posted.get(grantKey) ?? 0n) + (entries[0]?.amountNanos ?? 0n)));
        }
        expect(expiryPostings({ grants, posted, closedThroughMs, cause: '2025-02' })).toEqual([]);
      }),
    );
  });
});

test('what is returned is owed as credit again', () => {
  expect(returnedEntry(usd(2))).toEqual({ account: 'credits', amountNanos: -usd(2) });
});

test('a posting that does not sum to zero is refused, and an entry of nothing left out', () => {
  const entries = [
    { account: 'cash', amountNanos: usd(1) },
    { account: 'fees', amountNanos: usd(0) },
    { account: 'receivable', amountNanos: -usd(1) },
  ] as const;
  expect(balanced(entries.map((entry) => ({ ...entry, amountNanos: nanos(entry.amountNanos) })))).toHaveLength(2);
  expect(() => balanced([{ account: 'cash', amountNanos: usd(1) }])).toThrow('a posting sums to zero');
});
