// What is written off of a bill, worked out by hand: a dollar a minute.
import { type BillPart, computeBill } from '../../../domain/bill';
import type { Grant } from '../../../domain/credits';
import { type InsideUsage, overrunOf } from '../../../domain/guard/overrun';
import { nanos, zeroNanos } from '../../../domain/money';
import { monthHours } from '../../../domain/period';
import type { TermsPoint } from '../../../domain/terms';
import { termsWith, usd } from '../metering';
import { refusalOf } from '../refusals';

const first = monthHours('2025-01').from;
const plain: readonly TermsPoint[] = [{ fromHour: 0, terms: termsWith({}) }];

/** Minutes of the month's hours, from its first on. */
const part = (minutes: readonly number[], month = '2025-01'): BillPart => ({
  month,
  late: false,
  listBefore: zeroNanos,
  hours: minutes.map((count, at) => ({ hour: first + at, listNanos: usd(count) })),
});

const inside = (episode: number, minutes: Readonly<Record<number, number>>, model = 'm'): InsideUsage => ({
  episode,
  month: '2025-01',
  model,
  version: 'v1',
  instanceType: 'gpu',
  priceNanos: usd(1),
  hours: Object.keys(minutes).map((at) => first + Number(at)),
  minutes: Object.values(minutes),
});

const grant = (dollars: number, change: Partial<Grant> = {}): Grant => ({
  key: 'g',
  kind: 'promotional',
  amountNanos: usd(dollars),
  remainingNanos: usd(dollars),
  validFromHour: 0,
  validUntilHour: null,
  priority: 100,
  ...change,
});

function overrun(
  minutes: readonly number[],
  lines: readonly InsideUsage[],
  { terms = plain, grants = [] }: { terms?: readonly TermsPoint[]; grants?: readonly Grant[] } = {},
) {
  const parts = [part(minutes)];
  return overrunOf({ bill: computeBill({ parts, terms, grants }), parts, inside: lines, terms, grants });
}

test('nothing is written off where no minute lies inside an episode', () => {
  expect(overrun([10, 10], [])).toBeUndefined();
});

test('what is owed with the minutes less what is owed without them, shared out by episode', () => {
  expect(overrun([10, 20, 30], [inside(1, { 0: 4, 1: 20 }), inside(2, { 1: 0, 2: 6 }, 'n')])).toMatchObject({
    amountCents: 3_000n,
    owedNanos: usd(60),
    owedWithoutNanos: usd(30),
    replicaMinutes: 30,
    listNanos: usd(30),
    episodes: [
      { episode: 1, replicaMinutes: 24, amountCents: 2_400n },
      { episode: 2, replicaMinutes: 6, amountCents: 600n },
    ],
  });
});

test('two episodes of one hour are one count of it', () => {
  const found = overrun([30], [inside(2, { 0: 5 }), inside(1, { 0: 10 })]);
  expect(found?.usage).toEqual([expect.objectContaining({ hours: [first], minutes: [15] })]);
  expect(found?.episodes.map(({ episode, amountCents }) => [episode, amountCents])).toEqual([
    [1, 1_000n],
    [2, 500n],
  ]);
});

test('minutes in a lower tier count by what the bill is less without them', () => {
  const tiers = [
    { upToNanos: usd(30), basisPoints: 0 },
    { upToNanos: null, basisPoints: 5_000 },
  ];
  const terms = [{ fromHour: 0, terms: termsWith({ volumeTiers: tiers }) }];
  // 30 + 15 with all sixty, 30 + 5 without twenty of the first hour.
  expect(overrun([30, 30], [inside(1, { 0: 20 })], { terms })?.amountCents).toBe(1_000n);
});

test('credits that the bill drew are there for the minutes that are left, and no others', () => {
  // The grant paid the first hour, inside; without it, it pays the second.
  expect(overrun([10, 10], [inside(1, { 0: 10 })], { grants: [grant(10)] })?.amountCents).toBe(1_000n);
  // Credits that the bill left do not pay what remains.
  const later = grant(5, { validFromHour: first + 1 });
  expect(overrun([10, 10], [inside(1, { 0: 10 })], { grants: [later] })?.amountCents).toBe(1_000n);
  expect(overrun([10, 10], [inside(1, { 1: 10 })], { grants: [later] })?.amountCents).toBe(500n);
});

test('each side is rounded by itself, half up', () => {
  const parts = [{ ...part([1]), hours: [{ hour: first, listNanos: nanos(14_999_998n) }] }];
  const bill = computeBill({ parts, terms: plain, grants: [] });
  const half = { ...inside(1, { 0: 1 }), priceNanos: nanos(7_499_999n) };
  // 1.4999998 cents are 1, half of that is 1, too.
  expect(overrunOf({ bill, parts, inside: [half], terms: plain, grants: [] })?.amountCents).toBe(0n);
});

test('minutes that the bill does not hold are a bug', () => {
  expect(refusalOf(() => overrun([10], [inside(1, { 0: 11 })])).code).toBe('internal');
  expect(refusalOf(() => overrun([10], [inside(1, { 5: 1 })])).code).toBe('internal');
});
