import { cents } from '../../domain/money';
import { type AttemptInFlight, decidePayment, type Payable } from '../../domain/paying';
import { minuteMs } from '../../domain/period';

const nowMs = Date.UTC(2025, 1, 1, 12);
const owed: Payable = { status: 'issued', remainingCents: cents(60_000n), isDisputed: false, inFlight: null };
const page: AttemptInFlight = {
  number: 3,
  kind: 'checkout',
  state: 'open',
  amountCents: owed.remainingCents,
  session: 'cs_1',
  madeAtMs: nowMs - minuteMs,
};
const decide = (how: Partial<Payable>) => decidePayment({ ...owed, ...how }, nowMs);
const during = (attempt: Partial<AttemptInFlight>) => decide({ inFlight: { ...page, ...attempt } });

test.each<[string, Partial<Payable>, object]>([
  ['what is owed', {}, { kind: 'open', amountCents: 60_000n, laterCents: 0n }],
  ['what is past due', { status: 'past_due' }, { kind: 'open', amountCents: 60_000n, laterCents: 0n }],
  ['what was written off', { status: 'uncollectible' }, { kind: 'open', amountCents: 60_000n, laterCents: 0n }],
  ['the least', { remainingCents: cents(50n) }, { kind: 'open', amountCents: 50n, laterCents: 0n }],
  ['less than can be charged', { remainingCents: cents(49n) }, { kind: 'too_little' }],
  ['the most', { remainingCents: cents(99_999_999n) }, { kind: 'open', amountCents: 99_999_999n, laterCents: 0n }],
  [
    'more than that',
    { remainingCents: cents(150_000_000n) },
    { kind: 'open', amountCents: 99_999_999n, laterCents: 50_000_001n },
  ],
  ['a void one', { status: 'void', remainingCents: cents(0n) }, { kind: 'void' }],
  ['a paid one', { status: 'paid', remainingCents: cents(0n) }, { kind: 'paid' }],
  ['what the bank looks into', { isDisputed: true }, { kind: 'disputed' }],
])('%s', (_, how, decision) => expect(decide(how)).toEqual(decision));

test.each<[string, Partial<AttemptInFlight>, object]>([
  ['a charge on its way', { kind: 'charge', state: 'sending', session: null }, { kind: 'under_way' }],
  ['a debit under way', { kind: 'charge', state: 'processing', session: null }, { kind: 'under_way' }],
  ['a page where a debit was begun', { state: 'processing' }, { kind: 'under_way' }],
  ['an open page', {}, { kind: 'reuse', number: 3, session: 'cs_1' }],
  ['an open page for another amount', { amountCents: cents(1n) }, { kind: 'replace', number: 3, session: 'cs_1' }],
  ['a page that was not answered', { session: null }, { kind: 'ask_again', number: 3 }],
  ['one not answered for long', { session: null, madeAtMs: nowMs - 11 * minuteMs }, { kind: 'give_up', number: 3 }],
  ['one not answered for another amount', { session: null, amountCents: cents(1n) }, { kind: 'give_up', number: 3 }],
])('during %s', (_, attempt, decision) => expect(during(attempt)).toEqual(decision));

test('a page for what is too little by now is closed first', () =>
  expect(decide({ remainingCents: cents(49n), inFlight: page })).toEqual({
    kind: 'replace',
    number: 3,
    session: 'cs_1',
  }));
