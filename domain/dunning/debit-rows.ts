// What follows a debit that did not come in or came back, as data; the first row that matches wins. By Nacha's rules only
// what failed for want of funds may be presented again: everything else wants the account or the mandate put right first.
import { dayMs } from '../period';
import type { DeclineRow } from './decline';

const returns = 'Nacha: return codes';
const otherMethod = 'Please pay from another bank account or with a card.';

export const debitRows: readonly DeclineRow[] = [
  {
    name: 'debit_no_funds',
    signals: { returns: ['R01', 'R09'], codes: ['insufficient_funds'] },
    // Two times within 180 days of the first settlement, which lies days before the return that tells of it: five are
    // taken off for them.
    follow: { kind: 'calendar', limit: { againMax: 2, withinMs: 175 * dayMs } },
    words: {
      why: 'There was not enough money in the bank account.',
      whatToDo: 'We will try again. You can also pay from another bank account or with a card.',
    },
    source: `${returns}, reinitiated entries`,
  },
  {
    name: 'debit_mandate_gone',
    signals: { returns: ['R07', 'R10', 'R29'], codes: ['payment_intent_mandate_invalid'] },
    follow: { kind: 'never', leavesUse: true },
    words: {
      why: 'The bank says that debits from the account are no longer authorized.',
      whatToDo: otherMethod,
    },
    source: `${returns}: revoked, or not authorized`,
  },
  {
    name: 'debit_account_gone',
    // Of the method itself, where it is not there any more.
    signals: { codes: ['resource_missing', 'payment_method_unexpected_state'] },
    follow: { kind: 'never', leavesUse: true, mayComeBack: true },
    words: {
      why: 'The bank account is not on file any more.',
      whatToDo: 'Please add the account again, or another one.',
    },
    source: 'Stripe: error codes',
  },
  {
    name: 'debit_never',
    signals: {
      returns: ['R02', 'R03', 'R04', 'R05', 'R08', 'R11', 'R16', 'R20', 'R31'],
      codes: [
        'bank_account_unusable',
        'payment_method_bank_account_blocked',
        'bank_account_closed',
        'account_closed',
        'no_account',
        'bank_account_invalid_details',
        'bank_account_frozen',
        'account_frozen',
        'bank_account_restricted',
        'debit_not_authorized',
        'tokenized_account_number_deactivated',
      ],
    },
    follow: { kind: 'never', leavesUse: false },
    words: { why: 'The bank account cannot be debited.', whatToDo: otherMethod },
    source: `${returns}; Stripe blocks such accounts`,
  },
];

/** Where every other debit lands. */
export const otherDebitRow: DeclineRow = {
  name: 'debit_other',
  signals: {},
  follow: { kind: 'ask', until: 'new_method' },
  words: { why: 'The bank returned the debit.', whatToDo: otherMethod },
  source: `${returns}: not to be presented again unless for want of funds`,
};
