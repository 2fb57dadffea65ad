// The test bank accounts, as data: routing number 110000000 and the account numbers that Stripe publishes for testing, with
// two of our own for returns that those do not show.

export const testRouting = '110000000';

/** A debit that comes back: Stripe's failure code and the bank network's. */
export type DebitReturn = {
  readonly failure_code: string;
  readonly network_code: string;
  /** The account is not debited again: what its `status_details` say from then on. */
  readonly blocked?: string;
  /** The holder's mandate is gone, too. */
  readonly isMandateGone?: true;
};

export type AccountBehaviour = {
  readonly name: string;
  readonly number: string;
  readonly aliases: readonly string[];
  readonly returned?: DebitReturn;
  /** Returned after it had succeeded, as a dispute. */
  readonly disputed?: DebitReturn;
  readonly staysProcessing?: true;
  readonly isBlockedByRadar?: true;
};

const closed = { failure_code: 'account_closed', network_code: 'R02', blocked: 'bank_account_closed' } as const;
const none = { failure_code: 'no_account', network_code: 'R03', blocked: 'bank_account_invalid_details' } as const;
const short = { failure_code: 'insufficient_funds', network_code: 'R01' } as const;
const unauthorised = {
  failure_code: 'debit_not_authorized',
  network_code: 'R10',
  blocked: 'debit_not_authorized',
  isMandateGone: true,
} as const;
const revoked = { ...unauthorised, network_code: 'R07' } as const;
const frozen = { failure_code: 'account_frozen', network_code: 'R16', blocked: 'bank_account_frozen' } as const;

export const accounts: readonly AccountBehaviour[] = [
  { name: 'account_good', number: '000123456789', aliases: ['pm_usBankAccount_success', 'pm_usBankAccount'] },
  { name: 'account_closed', number: '000111111113', aliases: ['pm_usBankAccount_accountClosed'], returned: closed },
  { name: 'account_none', number: '000111111116', aliases: ['pm_usBankAccount_noAccount'], returned: none },
  { name: 'account_short', number: '000222222227', aliases: ['pm_usBankAccount_insufficientFunds'], returned: short },
  {
    name: 'account_unauthorised',
    number: '000333333335',
    aliases: ['pm_usBankAccount_debitNotAuthorized'],
    returned: unauthorised,
  },
  { name: 'account_disputed', number: '000555555559', aliases: ['pm_usBankAccount_dispute'], disputed: unauthorised },
  {
    name: 'account_processing',
    number: '000000000009',
    aliases: ['pm_usBankAccount_processing'],
    staysProcessing: true,
  },
  {
    name: 'account_blocked',
    number: '000000004954',
    aliases: ['pm_usBankAccount_riskLevelHighest'],
    isBlockedByRadar: true,
  },
  { name: 'account_revoked', number: '000777777778', aliases: ['pm_usBankAccount_revoked'], returned: revoked },
  { name: 'account_frozen', number: '000888888886', aliases: ['pm_usBankAccount_frozen'], returned: frozen },
];
