// What follows a decline, as data. The first row that matches wins, so the order is part of the meaning: what forbids a
// retry stands before what allows one. Each row says where its rule comes from.
import { dayMs, hourMs } from '../period';
import type { DeclineRow, DeclineWords, Follow } from './decline';

const stripeCodes = 'Stripe: decline codes';
const mastercardAdvice = 'Mastercard: merchant advice codes';
const visaCategories = 'Visa: categories of declined transactions';

// Who is told that a card is stolen may be who stole it: these declines are worded alike, whatever lies behind them.
const plainWhy = 'The bank that issued the card declined the payment.';
const plain: DeclineWords = { why: plainWhy, whatToDo: 'Please pay with another card or from a bank account.' };

const never: Follow = { kind: 'never', leavesUse: false };

// Mastercard 24 to 30: when the issuer expects to approve.
const issuerTimes: readonly (readonly [advice: string, afterMs: number])[] = [
  ['24', hourMs],
  ['25', dayMs],
  ['26', 2 * dayMs],
  ['27', 4 * dayMs],
  ['28', 6 * dayMs],
  ['29', 8 * dayMs],
  ['30', 10 * dayMs],
];

export const cardRows: readonly DeclineRow[] = [
  {
    name: 'never_again',
    signals: { advice: ['do_not_try_again'], mastercardAdvice: ['03', '21'] },
    follow: never,
    words: plain,
    source: `${stripeCodes}, advice; ${mastercardAdvice}`,
  },
  {
    name: 'visa_never',
    signals: { visa: ['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3'] },
    follow: never,
    words: plain,
    source: `${visaCategories}, 1: the issuer will never approve`,
  },
  {
    name: 'wrong_number',
    signals: { codes: ['incorrect_number', 'invalid_number'] },
    follow: never,
    words: { why: "The card's number is not right.", whatToDo: 'Please enter the card again, or use another one.' },
    source: stripeCodes,
  },
  {
    name: 'never_alone',
    signals: {
      codes: [
        'lost_card',
        'pickup_card',
        'stolen_card',
        'revocation_of_authorization',
        'revocation_of_all_authorizations',
        'highest_risk_level',
        'transaction_not_allowed',
      ],
    },
    follow: never,
    words: plain,
    source: `${stripeCodes}, and what Radar blocks`,
  },
  {
    name: 'authenticate',
    signals: { codes: ['authentication_required', 'payment_intent_authentication_failure'] },
    follow: { kind: 'authenticate' },
    words: {
      why: 'Your bank wants you to confirm this payment.',
      whatToDo: 'Please confirm it by paying through the link.',
    },
    source: `${stripeCodes}: the customer has to be there`,
  },
  {
    name: 'card_gone',
    // Of the method itself, where it is not there any more.
    signals: { codes: ['resource_missing', 'payment_method_unexpected_state'] },
    follow: { kind: 'never', leavesUse: true, mayComeBack: true },
    words: { why: 'The card is not on file any more.', whatToDo: 'Please add the card again, or another one.' },
    source: 'Stripe: error codes',
  },
  ...issuerTimes.map(
    ([advice, afterMs]): DeclineRow => ({
      name: 'issuer_time',
      signals: { mastercardAdvice: [advice] },
      follow: { kind: 'retry_at', afterMs },
      words: {
        why: 'The bank that issued the card declined the payment for now.',
        whatToDo: 'We will try again. You can also pay with another card or from a bank account.',
      },
      source: mastercardAdvice,
    }),
  ),
  {
    name: 'when_updated',
    signals: {
      codes: ['new_account_information_available', 'expired_card', 'expired_payment_method'],
      visa: ['54'],
      mastercardAdvice: ['01'],
    },
    follow: { kind: 'when_updated' },
    words: { why: 'The card has expired, or was replaced by its bank.', whatToDo: 'Please add the new card.' },
    source: `${stripeCodes}; ${visaCategories}, 3; ${mastercardAdvice}`,
  },
  {
    name: 'confirm_data',
    signals: {
      codes: [
        'incorrect_cvc',
        'invalid_cvc',
        'incorrect_zip',
        'incorrect_postal_code',
        'incorrect_address',
        'invalid_expiry_month',
        'invalid_expiry_year',
      ],
      advice: ['confirm_card_data'],
      visa: ['82', '6P', 'N7'],
    },
    follow: { kind: 'ask', until: 'method_updated' },
    words: {
      why: "The card's security code, expiry date or address does not match what its bank has.",
      whatToDo: 'Please enter the card again, or use another one.',
    },
    source: `${stripeCodes}; ${visaCategories}, 3: the data is to be mended first`,
  },
  {
    name: 'not_for_this',
    signals: {
      codes: [
        'card_not_supported',
        'currency_not_supported',
        'invalid_account',
        'service_not_allowed',
        'not_permitted',
      ],
    },
    follow: { kind: 'ask', until: 'new_method' },
    words: {
      why: 'The card cannot be used for this payment.',
      whatToDo: 'Please pay with another card or from a bank account.',
    },
    source: stripeCodes,
  },
  {
    name: 'other_method',
    signals: {
      codes: ['restricted_card', 'fraudulent', 'stop_payment_order', 'security_violation', 'merchant_blacklist'],
    },
    follow: { kind: 'ask', until: 'new_method' },
    words: plain,
    source: `${stripeCodes}: the customer is not to learn of fraud or block lists`,
  },
  {
    name: 'duplicate',
    signals: { codes: ['duplicate_transaction'] },
    follow: { kind: 'look_up' },
    words: {
      why: 'The bank took the payment for one that was made already.',
      whatToDo: 'There is nothing for you to do: we look into it.',
    },
    source: stripeCodes,
  },
  {
    name: 'no_funds',
    signals: {
      codes: ['insufficient_funds', 'card_velocity_exceeded', 'withdrawal_count_limit_exceeded'],
      visa: ['51', '61', '65'],
    },
    follow: { kind: 'calendar' },
    words: {
      why: 'There was not enough money on the card, or its limit was reached.',
      whatToDo: 'We will try again. You can also pay with another card or from a bank account.',
    },
    source: `${stripeCodes}; ${visaCategories}, 2`,
  },
  {
    name: 'try_soon',
    signals: {
      codes: ['issuer_not_available', 'processing_error', 'reenter_transaction', 'try_again_later'],
      network: ['91', '96', '19'],
      mastercardAdvice: ['02'],
    },
    follow: { kind: 'calendar', soonAfterMs: hourMs },
    words: {
      why: 'The bank that issued the card could not be reached, or could not answer.',
      whatToDo: 'There is nothing for you to do: we will try again.',
    },
    source: `${stripeCodes}; ${mastercardAdvice}`,
  },
];

/** Where every other decline of a card lands. */
export const plainRow: DeclineRow = {
  name: 'plain_decline',
  signals: {
    codes: ['do_not_honor', 'generic_decline', 'call_issuer', 'no_action_taken'],
    network: ['05', '01'],
  },
  follow: { kind: 'calendar', limit: { againMax: 3 } },
  words: {
    why: plainWhy,
    whatToDo: 'We will try again. You can also ask your bank, or pay with another card or from a bank account.',
  },
  source: `${stripeCodes}; they say nothing of whether another attempt helps`,
};
