// The test cards, as data: the numbers and the names (`pm_card_…`) are those that Stripe publishes for testing.

import { type Decline, declines } from './declines';

export type CardBehaviour = {
  readonly name: string;
  readonly number: string;
  readonly brand: string;
  readonly funding: 'credit' | 'debit' | 'prepaid';
  /** Names by which it can be used without a number. */
  readonly aliases: readonly string[];
  /** Declined wherever it is shown: saving it fails, too. */
  readonly declined?: Decline;
  /** Can be saved, and is declined when it is charged. */
  readonly declinedWhenCharged?: Decline;
  /** Declined so often as its security code says, then good. */
  readonly declinedAsOftenAsCvc?: Decline;
  /** When its holder is asked: while it is saved or used on the page, every time, or only on the page. */
  readonly authentication?: 'whenSetUp' | 'always' | 'neverOffSession';
  readonly disputed?: { readonly reason: string; readonly isInquiry: boolean };
  readonly refunds?: 'late' | 'fail';
  readonly isAvailableAtOnce?: true;
};

type Rest = Omit<CardBehaviour, 'name' | 'number' | 'brand' | 'funding' | 'aliases'>;

export const cards: readonly CardBehaviour[] = [
  ...[
    good('visa', '4242424242424242', 'visa', 'credit', ['pm_card_visa', 'pm_card_us']),
    good('visa_debit', '4000056655665556', 'visa', 'debit', ['pm_card_visa_debit']),
    good('mastercard', '5555555555554444', 'mastercard', 'credit', ['pm_card_mastercard']),
    good('mastercard_2_series', '2223003122003222', 'mastercard', 'credit', []),
    good('mastercard_debit', '5200828282828210', 'mastercard', 'debit', ['pm_card_mastercard_debit']),
    good('mastercard_prepaid', '5105105105105100', 'mastercard', 'prepaid', ['pm_card_mastercard_prepaid']),
    good('amex', '378282246310005', 'amex', 'credit', ['pm_card_amex']),
    good('amex_second', '371449635398431', 'amex', 'credit', []),
    good('discover', '6011111111111117', 'discover', 'credit', ['pm_card_discover']),
    good('diners', '3056930009020004', 'diners', 'credit', ['pm_card_diners']),
    good('jcb', '3566002020360505', 'jcb', 'credit', ['pm_card_jcb']),
    good('unionpay', '6200000000000005', 'unionpay', 'credit', ['pm_card_unionpay']),
  ],
  ...[
    bad('declined', '4000000000000002', declines.generic, ['pm_card_visa_chargeDeclined', 'pm_card_chargeDeclined']),
    bad('insufficient_funds', '4000000000009995', declines.insufficientFunds, [
      'pm_card_visa_chargeDeclinedInsufficientFunds',
      'pm_card_chargeDeclinedInsufficientFunds',
    ]),
    bad('lost', '4000000000009987', declines.lostCard, ['pm_card_visa_chargeDeclinedLostCard']),
    bad('stolen', '4000000000009979', declines.stolenCard, ['pm_card_visa_chargeDeclinedStolenCard']),
    bad('expired', '4000000000000069', declines.expired, ['pm_card_chargeDeclinedExpiredCard']),
    bad('incorrect_cvc', '4000000000000127', declines.incorrectCvc, ['pm_card_chargeDeclinedIncorrectCvc']),
    bad('processing_error', '4000000000000119', declines.processingError, ['pm_card_chargeDeclinedProcessingError']),
    bad('velocity', '4000000000006975', declines.velocity, ['pm_card_visa_chargeDeclinedVelocityLimitExceeded']),
    bad('blocked', '4100000000000019', declines.fraudulent, ['pm_card_radarBlock']),
    bad('highest_risk', '4000000000004954', declines.fraudulent, ['pm_card_riskLevelHighest']),
  ],
  visa('declined_when_charged', '4000000000000341', ['pm_card_chargeCustomerFail'], {
    declinedWhenCharged: declines.generic,
  }),
  // Not one of Stripe's: short of money until it has been tried as often as its security code says.
  visa('clears_later', '4000000000019994', ['pm_card_clearsAfterTwo'], {
    declinedAsOftenAsCvc: declines.insufficientFunds,
  }),
  visa('authentication_when_set_up', '4000002500003155', ['pm_card_authenticationRequiredOnSetup'], {
    authentication: 'whenSetUp',
  }),
  visa('authentication_always', '4000002760003184', ['pm_card_authenticationRequired'], { authentication: 'always' }),
  visa('authentication_set_up_already', '4000003800000446', ['pm_card_authenticationRequiredSetupForOffSession'], {
    authentication: 'neverOffSession',
  }),
  visa(
    'authentication_insufficient_funds',
    '4000008260003178',
    ['pm_card_authenticationRequiredChargeDeclinedInsufficientFunds'],
    { authentication: 'always', declinedWhenCharged: declines.insufficientFunds },
  ),
  visa('disputed_as_fraud', '4000000000000259', ['pm_card_createDispute'], {
    disputed: { reason: 'fraudulent', isInquiry: false },
  }),
  visa('disputed_as_not_received', '4000000000002685', ['pm_card_createDisputeProductNotReceived'], {
    disputed: { reason: 'product_not_received', isInquiry: false },
  }),
  visa('inquired_about', '4000000000001976', ['pm_card_createDisputeInquiry'], {
    disputed: { reason: 'fraudulent', isInquiry: true },
  }),
  visa('refunds_late', '4000000000007726', ['pm_card_pendingRefund'], { refunds: 'late' }),
  visa('refunds_fail', '4000000000005126', ['pm_card_refundFail'], { refunds: 'fail' }),
  visa('available_at_once', '4000000000000077', ['pm_card_bypassPending'], { isAvailableAtOnce: true }),
];

function good(
  name: string,
  number: string,
  brand: string,
  funding: CardBehaviour['funding'],
  aliases: readonly string[],
): CardBehaviour {
  return { name, number, brand, funding, aliases };
}

function visa(name: string, number: string, aliases: readonly string[], rest: Rest): CardBehaviour {
  return { name, number, brand: 'visa', funding: 'credit', aliases, ...rest };
}

function bad(name: string, number: string, declined: Decline, aliases: readonly string[]): CardBehaviour {
  return visa(name, number, aliases, { declined });
}
