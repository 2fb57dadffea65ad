import fc from 'fast-check';
import {
  assertInsideSchemes,
  attemptsOfInvoiceMax,
  ownCardBudget,
  schemeBudgets,
} from '../../../domain/dunning/budgets';
import { type Declined, nextAttempt } from '../../../domain/dunning/next-attempt';
import { defaultRetries } from '../../../domain/dunning/retries';
import { debitOf, declineOf } from './declines';

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const startMs = Date.UTC(2025, 0, 1);

function declined(said: Partial<Declined>): Declined {
  return {
    decline: declineOf({ declineCode: 'insufficient_funds' }),
    firstDeclinedAtMs: startMs,
    nowMs: startMs,
    attemptsOfInvoice: 1,
    attemptsOfCardMs: [startMs],
    retries: defaultRetries,
    ...said,
  };
}

/** Hours after the first decline at which an invoice is tried again, where each attempt is declined alike. */
function hoursOfRetries(said: Partial<Declined>): { readonly hours: readonly number[]; readonly last: unknown } {
  const attemptsOfCardMs = [startMs];
  let next = nextAttempt(declined(said));
  while (next.kind === 'at') {
    attemptsOfCardMs.push(next.atMs);
    const attemptsOfInvoice = attemptsOfCardMs.length;
    next = nextAttempt(declined({ ...said, nowMs: next.atMs, attemptsOfInvoice, attemptsOfCardMs }));
  }
  return { hours: attemptsOfCardMs.slice(1).map((ms) => (ms - startMs) / hourMs), last: next };
}

test.each([
  ['want of funds', declineOf({ declineCode: 'insufficient_funds' }), [24, 72, 120, 168], 'calendar'],
  ['a network away', declineOf({ declineCode: 'processing_error' }), [1, 24, 72, 120], 'invoice'],
  ['a plain decline', declineOf({ declineCode: 'do_not_honor' }), [24, 72, 120], 'row'],
  ['an unknown decline', declineOf({ declineCode: 'never_heard_of' }), [24, 72, 120], 'row'],
  ['a returned debit', debitOf({ returnCode: 'R01' }), [24, 72], 'row'],
])('%s is tried again so many hours after the first decline', (_, decline, hours, usedUp) => {
  expect(hoursOfRetries({ decline })).toEqual({ hours, last: { kind: 'none_left', usedUp } });
});

test("the issuer's own time is kept to the millisecond, whatever the calendar says", () => {
  const decline = declineOf({ brand: 'mastercard', networkAdviceCode: '30' });
  const nowMs = startMs + 3 * hourMs + 17;
  expect(nextAttempt(declined({ decline, nowMs }))).toEqual({ kind: 'at', atMs: nowMs + 10 * dayMs });
});

test.each([
  ['stolen_card', 'new_method'],
  ['fraudulent', 'new_method'],
  ['expired_card', 'method_updated'],
  ['incorrect_cvc', 'method_updated'],
  ['authentication_required', 'authentication'],
])('%s waits for %s', (declineCode, until) => {
  expect(nextAttempt(declined({ decline: declineOf({ declineCode }) }))).toEqual({ kind: 'wait', until });
});

test('a debit whose account or mandate is no good waits for another method', () => {
  for (const returnCode of ['R02', 'R10', 'R99']) {
    expect(nextAttempt(declined({ decline: debitOf({ returnCode }) }))).toEqual({ kind: 'wait', until: 'new_method' });
  }
});

test('a duplicate is looked up first, and tried by the calendar where it was not paid', () => {
  const decline = declineOf({ declineCode: 'duplicate_transaction' });
  expect(nextAttempt(declined({ decline }))).toEqual({
    kind: 'look_up',
    ifAbsent: { kind: 'at', atMs: startMs + dayMs },
  });
});

test('times that have passed are left out, those of a long outage too', () => {
  expect(nextAttempt(declined({ nowMs: startMs + 100 * hourMs, attemptsOfInvoice: 2 }))).toEqual({
    kind: 'at',
    atMs: startMs + 120 * hourMs,
  });
  expect(nextAttempt(declined({ nowMs: startMs + 200 * hourMs, attemptsOfInvoice: 2 }))).toEqual({
    kind: 'none_left',
    usedUp: 'calendar',
  });
});

test('an attempt declined by a clock that is behind is not repeated at once', () => {
  const nowMs = startMs + dayMs - 3 * minuteMs;
  expect(nextAttempt(declined({ nowMs, attemptsOfInvoice: 2 }))).toEqual({ kind: 'at', atMs: startMs + 72 * hourMs });
});

test('a calendar of seconds is kept, too', () => {
  const retries = [30_000, 60_000];
  expect(nextAttempt(declined({ retries }))).toEqual({ kind: 'at', atMs: startMs + 30_000 });
  expect(nextAttempt(declined({ retries, nowMs: startMs + 30_000, attemptsOfInvoice: 2 }))).toEqual({
    kind: 'at',
    atMs: startMs + 60_000,
  });
});

test('debits are presented again within 180 days of the first settlement alone', () => {
  const [decline, nowMs] = [debitOf({ returnCode: 'R01' }), startMs];
  const at = (days: number) => nextAttempt(declined({ decline, nowMs, retries: [days * dayMs] }));
  expect(at(175)).toEqual({ kind: 'at', atMs: startMs + 175 * dayMs });
  expect(at(176)).toEqual({ kind: 'none_left', usedUp: 'calendar' });
});

test('a card that was tried eight times in thirty days is tried when the oldest of them is that old', () => {
  const daysAgo = (days: number) => startMs - days * dayMs;
  const oldest = (days: number) => [...Array(6).fill(daysAgo(1)), startMs, daysAgo(days)];
  const at = (attemptsOfCardMs: readonly number[]) => nextAttempt(declined({ attemptsOfCardMs }));
  expect(at(oldest(2))).toEqual({ kind: 'none_left', usedUp: 'card' });
  expect(at(oldest(26))).toEqual({ kind: 'at', atMs: startMs + 5 * dayMs });
  expect(at(oldest(29))).toEqual({ kind: 'at', atMs: startMs + dayMs });
});

test("the issuer's own time beyond the budget is not taken", () => {
  const decline = declineOf({ brand: 'mastercard', networkAdviceCode: '24' });
  const attemptsOfCardMs = Array(8).fill(startMs);
  expect(nextAttempt(declined({ decline, attemptsOfCardMs }))).toEqual({ kind: 'none_left', usedUp: 'card' });
  expect(nextAttempt(declined({ decline, attemptsOfInvoice: 5 }))).toEqual({ kind: 'none_left', usedUp: 'invoice' });
});

test("our own budget lies within each scheme's, and to exceed one of those throws", () => {
  for (const { brand, attemptsMax, windowMs } of schemeBudgets) {
    expect(ownCardBudget.attemptsMax).toBeLessThan(attemptsMax);
    expect(ownCardBudget.windowMs).toBeGreaterThanOrEqual(windowMs);
    const attempt = { brand, atMs: startMs };
    const attemptsMs = Array(attemptsMax - 1).fill(startMs - windowMs + 1);
    expect(() => assertInsideSchemes({ ...attempt, attemptsMs })).not.toThrow();
    expect(() => assertInsideSchemes({ ...attempt, attemptsMs: [...attemptsMs, startMs] })).toThrow(/too many/);
  }
});

const codes = ['insufficient_funds', 'processing_error', 'do_not_honor', 'stolen_card', 'duplicate_transaction', 'new'];
const stories = fc.record({
  declines: fc.array(
    fc.record({
      declineCode: fc.constantFrom(...codes),
      brand: fc.constantFrom('visa', 'mastercard'),
      networkAdviceCode: fc.option(fc.constantFrom('03', '24', '27', '30')),
      lateMs: fc.nat(2 * dayMs),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  retries: fc
    .uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 })
    .map((hours) => hours.sort((one, other) => one - other).map((each) => each * hourMs)),
  earlierOfCardMs: fc.array(fc.integer({ min: startMs - 60 * dayMs, max: startMs - 1 }), { maxLength: 15 }),
});

test('in every story of declines: times ascend, budgets hold, and a wait or the end is not followed by an attempt', () => {
  fc.assert(
    fc.property(stories, ({ declines, retries, earlierOfCardMs }) => {
      const attemptsMs = [startMs];
      let nowMs = startMs;
      for (const { lateMs, ...said } of declines) {
        const attemptsOfCardMs = [...earlierOfCardMs, ...attemptsMs];
        const of = { nowMs, retries, attemptsOfInvoice: attemptsMs.length, attemptsOfCardMs };
        const next = nextAttempt(declined({ decline: declineOf(said), ...of }));
        if (said.declineCode === 'stolen_card' || (said.brand === 'mastercard' && said.networkAdviceCode === '03')) {
          expect(next).toEqual({ kind: 'wait', until: 'new_method' });
        }
        const at = next.kind === 'look_up' ? next.ifAbsent : next;
        if (at.kind !== 'at') break;
        expect(at.atMs).toBeGreaterThan(nowMs);
        attemptsMs.push(at.atMs);
        expect(attemptsMs.length).toBeLessThanOrEqual(attemptsOfInvoiceMax);
        const recent = [...earlierOfCardMs, ...attemptsMs].filter((ms) => ms > at.atMs - 30 * dayMs);
        expect(recent.length).toBeLessThanOrEqual(8);
        // The worker may come to it late.
        nowMs = at.atMs + lateMs;
        attemptsMs[attemptsMs.length - 1] = nowMs;
      }
    }),
  );
});
