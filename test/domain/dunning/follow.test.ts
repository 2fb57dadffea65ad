import fc from 'fast-check';
import { debitRows, otherDebitRow } from '../../../domain/dunning/debit-rows';
import type { Decline } from '../../../domain/dunning/decline';
import { followDecline } from '../../../domain/dunning/follow';
import { cardRows, plainRow } from '../../../domain/dunning/rows';
import { debitOf, declineOf } from './declines';

const hourMs = 3_600_000;

const byCode: readonly (readonly [row: string, codes: string])[] = [
  [
    'never_alone',
    'lost_card pickup_card stolen_card revocation_of_authorization revocation_of_all_authorizations highest_risk_level transaction_not_allowed',
  ],
  ['wrong_number', 'incorrect_number'],
  ['authenticate', 'authentication_required'],
  ['card_gone', 'resource_missing payment_method_unexpected_state'],
  ['when_updated', 'new_account_information_available expired_card expired_payment_method'],
  ['confirm_data', 'incorrect_cvc incorrect_zip incorrect_address invalid_expiry_month invalid_expiry_year'],
  ['not_for_this', 'card_not_supported currency_not_supported invalid_account service_not_allowed not_permitted'],
  ['other_method', 'restricted_card fraudulent stop_payment_order security_violation merchant_blacklist'],
  ['duplicate', 'duplicate_transaction'],
  ['no_funds', 'insufficient_funds card_velocity_exceeded withdrawal_count_limit_exceeded'],
  ['try_soon', 'issuer_not_available processing_error reenter_transaction try_again_later'],
  ['plain_decline', 'do_not_honor generic_decline call_issuer no_action_taken'],
];

test.each(byCode.flatMap(([row, codes]) => codes.split(' ').map((code) => [code, row])))(
  '%s is followed as %s, as a decline code and as an error code',
  (code, row) => {
    expect(followDecline(declineOf({ declineCode: code }))).toMatchObject({ row, isKnown: true });
    expect(followDecline(declineOf({ code }))).toMatchObject({ row, isKnown: true });
  },
);

const byVisa: readonly (readonly [row: string, codes: string])[] = [
  ['visa_never', '04 07 12 14 15 41 43 46 57 R0 R1 R3'],
  ['when_updated', '54'],
  ['confirm_data', '82 6P N7'],
  ['no_funds', '51 61 65'],
];

test.each(byVisa.flatMap(([row, codes]) => codes.split(' ').map((code) => [code, row])))(
  "Visa's network decline code %s is followed as %s, another network's is not",
  (networkDeclineCode, row) => {
    expect(followDecline(declineOf({ networkDeclineCode }))).toMatchObject({ row, isKnown: true });
    const other = followDecline(declineOf({ brand: 'amex', networkDeclineCode }));
    expect(other).toMatchObject({ row: 'plain_decline', isKnown: false });
  },
);

test.each([
  ['91', 'try_soon'],
  ['96', 'try_soon'],
  ['19', 'try_soon'],
  ['05', 'plain_decline'],
  ['01', 'plain_decline'],
])("any network's decline code %s is followed as %s", (networkDeclineCode, row) => {
  for (const brand of ['visa', 'mastercard', 'amex', null]) {
    expect(followDecline(declineOf({ brand, networkDeclineCode }))).toMatchObject({ row, isKnown: true });
  }
});

test.each([
  ['03', { row: 'never_again', kind: 'never' }],
  ['21', { row: 'never_again', kind: 'never' }],
  ['01', { row: 'when_updated', kind: 'when_updated' }],
  ['02', { row: 'try_soon', kind: 'calendar', soonAfterMs: hourMs }],
  ['24', { row: 'issuer_time', kind: 'retry_at', afterMs: hourMs }],
  ['25', { row: 'issuer_time', kind: 'retry_at', afterMs: 24 * hourMs }],
  ['26', { row: 'issuer_time', kind: 'retry_at', afterMs: 2 * 24 * hourMs }],
  ['27', { row: 'issuer_time', kind: 'retry_at', afterMs: 4 * 24 * hourMs }],
  ['28', { row: 'issuer_time', kind: 'retry_at', afterMs: 6 * 24 * hourMs }],
  ['29', { row: 'issuer_time', kind: 'retry_at', afterMs: 8 * 24 * hourMs }],
  ['30', { row: 'issuer_time', kind: 'retry_at', afterMs: 10 * 24 * hourMs }],
])("Mastercard's advice %s is followed on its cards alone", (networkAdviceCode, follow) => {
  expect(followDecline(declineOf({ brand: 'mastercard', networkAdviceCode }))).toMatchObject(follow);
  expect(followDecline(declineOf({ networkAdviceCode }))).toMatchObject({ row: 'plain_decline', isKnown: false });
});

test.each([
  ['do_not_try_again', 'never_again'],
  ['confirm_card_data', 'confirm_data'],
])('the advice %s is followed as %s', (adviceCode, row) => {
  expect(followDecline(declineOf({ adviceCode }))).toMatchObject({ row, isKnown: true });
});

// Stripe advises so after nearly every decline: it says nothing of whether the bank could be reached.
test('the advice to try again later leaves a plain decline one', () => {
  const decline = declineOf({ declineCode: 'generic_decline', adviceCode: 'try_again_later' });
  expect(followDecline(decline)).toMatchObject({ row: 'plain_decline', isKnown: true });
});

const byReturn: readonly (readonly [row: string, codes: string])[] = [
  ['debit_no_funds', 'R01 R09'],
  ['debit_mandate_gone', 'R07 R10 R29'],
  ['debit_never', 'R02 R03 R04 R05 R08 R11 R16 R20 R31'],
];

test.each(byReturn.flatMap(([row, codes]) => codes.split(' ').map((code) => [code, row])))(
  'a debit returned with %s is followed as %s',
  (returnCode, row) => {
    expect(followDecline(debitOf({ returnCode }))).toMatchObject({ row, isKnown: true });
  },
);

test.each([
  ['insufficient_funds', 'debit_no_funds'],
  ['bank_account_unusable', 'debit_never'],
  ['debit_not_authorized', 'debit_never'],
  ['bank_account_closed', 'debit_never'],
  ['account_frozen', 'debit_never'],
  ['resource_missing', 'debit_account_gone'],
])('a debit that failed with %s and no return code is followed as %s', (code, row) => {
  expect(followDecline(debitOf({ code }))).toMatchObject({ row, isKnown: true });
  expect(followDecline(debitOf({ declineCode: code }))).toMatchObject({ row, isKnown: true });
});

test('a mandate that is gone takes the method out of use, a blocked account does not', () => {
  expect(followDecline(debitOf({ returnCode: 'R10' }))).toMatchObject({ kind: 'never', leavesUse: true });
  expect(followDecline(debitOf({ returnCode: 'R02' }))).toMatchObject({ kind: 'never', leavesUse: false });
});

test.each([
  [
    'no retry before what would allow one',
    { declineCode: 'insufficient_funds', adviceCode: 'do_not_try_again' },
    'never_again',
  ],
  [
    "the scheme's never before the issuer's words",
    { declineCode: 'insufficient_funds', networkDeclineCode: '14' },
    'visa_never',
  ],
  [
    "a stolen card before the issuer's own time",
    { brand: 'mastercard', declineCode: 'stolen_card', networkAdviceCode: '24' },
    'never_alone',
  ],
  [
    "the issuer's own time before the calendar",
    { brand: 'mastercard', declineCode: 'insufficient_funds', networkAdviceCode: '26' },
    'issuer_time',
  ],
  ['an expired card before its wrong code', { code: 'expired_card', declineCode: 'incorrect_cvc' }, 'when_updated'],
  [
    'data to be mended before another method',
    { declineCode: 'restricted_card', adviceCode: 'confirm_card_data' },
    'confirm_data',
  ],
  ['want of funds before a network away', { declineCode: 'insufficient_funds', networkDeclineCode: '91' }, 'no_funds'],
  ['a network away before a plain decline', { declineCode: 'do_not_honor', networkDeclineCode: '96' }, 'try_soon'],
] satisfies readonly (readonly [string, Partial<Decline>, string])[])('first match wins: %s', (_, said, row) => {
  expect(followDecline(declineOf(said)).row).toBe(row);
});

test('a decline that says nothing is a plain one that is not known', () => {
  expect(followDecline(declineOf({}))).toMatchObject({ row: 'plain_decline', isKnown: false, kind: 'calendar' });
  expect(followDecline(debitOf({}))).toMatchObject({ row: 'debit_other', isKnown: false, kind: 'ask' });
});

test('no code stands in two rows', () => {
  for (const rows of [
    [...cardRows, plainRow],
    [...debitRows, otherDebitRow],
  ]) {
    for (const kind of ['codes', 'advice', 'visa', 'mastercardAdvice', 'network', 'returns'] as const) {
      const codes = rows.flatMap(({ signals }) => signals[kind] ?? []);
      expect(codes).toEqual([...new Set(codes)]);
    }
  }
});

test('codes that nobody knows never throw, and land in the last row as unknown', () => {
  const known = new Set([...cardRows, plainRow, ...debitRows].flatMap(({ signals }) => Object.values(signals).flat()));
  const unknown = fc.option(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString')));
  const code = unknown.filter((text) => text === null || !known.has(text));
  const declines = fc.record({
    methodType: fc.constantFrom('card' as const, 'us_bank_account' as const),
    brand: fc.option(fc.oneof(fc.constantFrom('visa', 'mastercard', 'amex'), fc.string())),
    code,
    declineCode: code,
    adviceCode: code,
    networkDeclineCode: code,
    networkAdviceCode: code,
    returnCode: code,
  });
  fc.assert(
    fc.property(declines, (decline) => {
      const row = decline.methodType === 'card' ? plainRow.name : otherDebitRow.name;
      expect(followDecline(decline)).toMatchObject({ row, isKnown: false });
    }),
  );
});

test('who is declined for fraud, loss, theft or a block list reads what everybody reads', () => {
  const { why } = followDecline(declineOf({ declineCode: 'generic_decline' })).words;
  const secret = [
    ...['fraudulent', 'merchant_blacklist', 'lost_card', 'stolen_card', 'pickup_card'],
    ...['highest_risk_level', 'security_violation', 'restricted_card'],
  ];
  for (const declineCode of secret) expect(followDecline(declineOf({ declineCode })).words.why).toBe(why);
  for (const networkDeclineCode of ['04', '07', '41', '43']) {
    expect(followDecline(declineOf({ networkDeclineCode })).words.why).toBe(why);
  }
  for (const { words } of [...cardRows, plainRow, ...debitRows, otherDebitRow]) {
    expect(`${words.why} ${words.whatToDo}`).not.toMatch(/fraud|stolen|lost|black|block|risk|security violation/i);
  }
});

test("the reason that is told is the issuer's, what to do is what follows", () => {
  const { row, words } = followDecline(declineOf({ declineCode: 'expired_card', adviceCode: 'do_not_try_again' }));
  expect(row).toBe('never_again');
  expect(words.why).toBe('The card has expired, or was replaced by its bank.');
  expect(words.whatToDo).toBe('Please pay with another card or from a bank account.');
});

test('a row that promises another attempt makes one, and one that makes none does not promise it', () => {
  for (const { follow, words } of [...cardRows, plainRow, ...debitRows, otherDebitRow]) {
    const tries = follow.kind === 'calendar' || follow.kind === 'retry_at';
    expect(/we will try again/i.test(words.whatToDo)).toBe(tries);
  }
});
