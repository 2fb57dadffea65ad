// When credits will be gone, held to a count minute by minute, each of them billed by the one calculation.
import fc from 'fast-check';
import { type BillPart, billChain } from '../../../domain/bill';
import type { Grant } from '../../../domain/credits';
import { type Outlook, owingHour, owingMinute, type Running, runningBetween } from '../../../domain/guard/foresight';
import { type Nanos, nanos, sumNanos, zeroNanos } from '../../../domain/money';
import { hourOf, monthHours, parseInstant } from '../../../domain/period';
import { defaultTerms, type TermsPoint } from '../../../domain/terms';
import { usd } from '../metering';

const cents = (amount: number) => nanos(BigInt(amount) * 10_000_000n);

const at = (text: string) => parseInstant(text) ?? Number.NaN;
const nowHour = hourOf(at('2026-03-10T12:00:00Z'));
const month = '2026-03';

const credit = (dollars: number, over: Partial<Grant> = {}): Grant => ({
  key: 'free',
  kind: 'free',
  amountNanos: usd(dollars),
  remainingNanos: usd(dollars),
  validFromHour: 0,
  validUntilHour: null,
  priority: 100,
  ...over,
});

const used = (hours: readonly (readonly [number, Nanos])[]): BillPart => ({
  month,
  late: false,
  listBefore: zeroNanos,
  hours: hours.map(([hour, listNanos]) => ({ hour, listNanos })),
});

const runs = (fromMinute: number, centsAMinute: number): Running => ({
  fromMinute,
  prices: [{ fromHour: 0, listNanos: cents(centsAMinute) }],
});

const outlook = (over: Partial<Outlook>): Outlook => ({
  chain: [{ month, parts: [used([])] }],
  terms: [],
  grants: [credit(30)],
  running: [],
  ...over,
});

const nothing = Array.from({ length: 60 }, () => zeroNanos);
const zeroOf = (of: Outlook, fromMinute = nowHour * 60, reported: readonly Nanos[] = nothing) => {
  const hour = owingHour(of, { fromHour: Math.floor(fromMinute / 60), nowHour });
  return hour === undefined ? undefined : owingMinute(of, { hour, fromMinute, reported });
};

test('nothing that burns never runs out', () => {
  expect(zeroOf(outlook({}))).toBeUndefined();
});

test('$30 at 50 cents a minute are gone after sixty minutes, and at 48 in the 63rd, which they cover in part', () => {
  expect(zeroOf(outlook({ running: [runs(nowHour * 60 + 7, 50)] }))).toBe(nowHour * 60 + 7 + 60);
  expect(zeroOf(outlook({ running: [runs(nowHour * 60 + 7, 48)] }))).toBe(nowHour * 60 + 7 + 62);
});

test('what is used already goes first, and a discount makes them last', () => {
  const chain = [{ month, parts: [used([[nowHour - 2, usd(20)]])] }];
  const running = [runs(nowHour * 60, 100)];
  expect(zeroOf(outlook({ chain, running }))).toBe(nowHour * 60 + 10);
  const half = { ...defaultTerms, programDiscount: { kind: 'education' as const, basisPoints: 5000 } };
  const terms: readonly TermsPoint[] = [{ fromHour: 0, terms: half }];
  expect(zeroOf(outlook({ chain, running, terms }))).toBe(nowHour * 60 + 40);
});

test('a grant that ends covers nothing from then on, and one that begins covers what comes', () => {
  const ends = [credit(1000, { validUntilHour: nowHour + 3 })];
  expect(zeroOf(outlook({ grants: ends, running: [runs(nowHour * 60, 1)] }))).toBe((nowHour + 3) * 60);
  const followed = [...ends, credit(3, { key: 'next', validFromHour: nowHour + 3 })];
  expect(zeroOf(outlook({ grants: followed, running: [runs(nowHour * 60, 1)] }))).toBe((nowHour + 8) * 60);
});

test('what was owed before is not asked about again', () => {
  const chain = [{ month, parts: [used([[nowHour - 5, usd(50)]])] }];
  const grants = [credit(30), credit(6, { key: 'later', validFromHour: nowHour })];
  expect(zeroOf(outlook({ chain, grants, running: [runs(nowHour * 60, 10)] }))).toBe((nowHour + 1) * 60);
});

test('a month ends on the way: its discount by volume starts afresh', () => {
  const last = monthHours(month).to - 1;
  const tiers = [
    { upToNanos: usd(6), basisPoints: 0 },
    { upToNanos: null, basisPoints: 10_000 },
  ];
  const terms: readonly TermsPoint[] = [{ fromHour: 0, terms: { ...defaultTerms, volumeTiers: tiers } }];
  const of = outlook({ terms, grants: [credit(7)], running: [runs(last * 60, 100)] });
  const hour = owingHour(of, { fromHour: last, nowHour: last });
  expect(hour).toBe(last + 1);
  expect(owingMinute(of, { hour: last + 1, fromMinute: last * 60, reported: nothing })).toBe((last + 1) * 60 + 1);
});

test('a price that changes holds from its hour on', () => {
  const running = [
    {
      fromMinute: nowHour * 60 + 30,
      prices: [
        { fromHour: 0, listNanos: usd(1) },
        { fromHour: nowHour + 1, listNanos: cents(50) },
      ],
    },
  ];
  expect(zeroOf(outlook({ grants: [credit(40)], running }))).toBe((nowHour + 1) * 60 + 20);
  expect(runningBetween(running, { fromMinute: nowHour * 60, toMinute: (nowHour + 1) * 60 + 20 })).toBe(usd(40));
});

test('agrees with a count of every minute, whatever is used, granted and running', () => {
  const dollars = fc.integer({ min: 0, max: 400 });
  const grant = fc.record({
    amount: fc.integer({ min: 1, max: 300 }),
    from: fc.integer({ min: -4, max: 3 }),
    until: fc.option(fc.integer({ min: 4, max: 6 })),
  });
  const terms = fc.constantFrom(0, 1234, 5000);
  fc.assert(
    fc.property(
      fc.array(dollars, { minLength: 3, maxLength: 3 }),
      fc.array(dollars, { minLength: 60, maxLength: 60 }),
      fc.array(grant, { maxLength: 3 }),
      fc.array(fc.record({ from: fc.integer({ min: 0, max: 80 }), price: fc.integer({ min: 1, max: 300 }) }), {
        maxLength: 3,
      }),
      terms,
      fc.integer({ min: -100, max: 90 }),
      (before, minutes, grants, running, basisPoints, from) => {
        const reported = minutes.map((amount) => cents(amount));
        const of = outlook({
          chain: [
            {
              month,
              parts: [
                used([
                  ...before.map((amount, index) => [nowHour - 3 + index, cents(amount * 10)] as const),
                  [nowHour, sumNanos(reported)],
                ]),
              ],
            },
          ],
          grants: grants.map((each, index) =>
            credit(each.amount, {
              key: `g${index}`,
              validFromHour: nowHour + each.from,
              validUntilHour: each.until === null ? null : nowHour + each.until,
            }),
          ),
          running: running.map((each) => runs(nowHour * 60 + each.from, each.price)),
          terms: [{ fromHour: 0, terms: { ...defaultTerms, programDiscount: { kind: 'education', basisPoints } } }],
        });
        const fromMinute = nowHour * 60 + from;
        const counted = countedZero(of, { fromMinute, reported, untilMinute: (nowHour + 8) * 60 });
        expect(
          foreseen(of, { fromMinute: Math.max(fromMinute, nowHour * 60), reported, untilMinute: (nowHour + 8) * 60 }),
        ).toBe(counted);
      },
    ),
    { numRuns: 60 },
  );
});

type Asked = { readonly fromMinute: number; readonly reported: readonly Nanos[]; readonly untilMinute: number };

function foreseen(of: Outlook, { fromMinute, reported, untilMinute }: Asked): number | undefined {
  for (let fromHour = Math.floor(fromMinute / 60); ; ) {
    const hour = owingHour(of, { fromHour, nowHour });
    if (hour === undefined) return undefined;
    const minute = owingMinute(of, { hour, fromMinute, reported: hour === nowHour ? reported : nothing });
    if (minute !== undefined) return minute < untilMinute ? minute : undefined;
    fromHour = hour + 1;
  }
}

// Minute by minute, each billed.
function countedZero(of: Outlook, { fromMinute, reported, untilMinute }: Asked): number | undefined {
  if (fromMinute < nowHour * 60) fromMinute = nowHour * 60;
  const owed = (until: number) => {
    const known = (of.chain[0]?.parts[0]?.hours ?? []).filter(({ hour }) => hour < nowHour);
    const hours = new Map(known.map(({ hour, listNanos }) => [hour, listNanos]));
    for (let minute = nowHour * 60; minute < until; minute++) {
      const hour = Math.floor(minute / 60);
      const said = reported[minute - nowHour * 60] ?? 0n;
      const running = runningBetween(of.running, { fromMinute: minute, toMinute: minute + 1 });
      const amount = (hours.get(hour) ?? 0n) + said + running;
      if (amount > 0n) hours.set(hour, nanos(amount));
    }
    const parts = [used([...hours].sort(([one], [other]) => one - other))];
    return sumNanos(billChain([{ parts }], of).map((bill) => bill.amountDueNanos));
  };
  let before = owed(fromMinute);
  for (let minute = fromMinute; minute < untilMinute; minute++) {
    const after = owed(minute + 1);
    if (after > before) return minute;
    before = after;
  }
  return undefined;
}
