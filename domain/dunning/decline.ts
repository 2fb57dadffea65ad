// What is known of a payment that was declined, and what may follow one. Plain data, as it is stored and as workflows carry it.

/** A declined card or a returned debit, in Stripe's codes and those of the network behind it. Null: not said. */
export type Decline = {
  readonly methodType: 'card' | 'us_bank_account';
  /** Of a card, as Stripe writes it: `visa`, `mastercard`, `amex` … */
  readonly brand: string | null;
  /** Of the error: `card_declined`, `expired_card`, `bank_account_unusable` … */
  readonly code: string | null;
  /** The issuer's reason: `insufficient_funds`, `do_not_honor` … */
  readonly declineCode: string | null;
  /** Stripe's advice: `do_not_try_again`, `confirm_card_data`, `try_again_later`. */
  readonly adviceCode: string | null;
  /** The network's own code, such as Visa's `51`. */
  readonly networkDeclineCode: string | null;
  /** Mastercard's advice to merchants, such as `24`. */
  readonly networkAdviceCode: string | null;
  /** Nacha's code of a returned debit, such as `R01`. */
  readonly returnCode: string | null;
};

export type Follow =
  /**
   * Not with this method again. `leavesUse`: it or its mandate is gone, so that it is no method any more. `mayComeBack`: the same
   * card or account is as good as any other once it is added anew.
   */
  | { readonly kind: 'never'; readonly leavesUse: boolean; readonly mayComeBack?: true }
  /** The customer has to confirm with the bank. */
  | { readonly kind: 'authenticate' }
  /** The issuer named a time: so long after the decline, neither earlier nor later. */
  | { readonly kind: 'retry_at'; readonly afterMs: number }
  /** The card's network may send new data of it by itself. */
  | { readonly kind: 'when_updated' }
  /** The customer is asked for the same method with right data, or for another. */
  | { readonly kind: 'ask'; readonly until: 'method_updated' | 'new_method' }
  /** It may have been paid already. */
  | { readonly kind: 'look_up' }
  /** By the calendar of retries; `soonAfterMs`: and once so soon after the first decline. */
  | { readonly kind: 'calendar'; readonly soonAfterMs?: number; readonly limit?: AgainLimit };

/** So many times again, the last at most so long after the first decline. */
export type AgainLimit = { readonly againMax: number; readonly withinMs?: number };

/** For the customer, in plain words. */
export type DeclineWords = { readonly why: string; readonly whatToDo: string };

export type WhatFollows = Follow & {
  /** Name of the table's row: stable, as it is stored and counted. */
  readonly row: string;
  /** Whether the table knows a code of it. One that it does not know is to be counted, so that the table is mended. */
  readonly isKnown: boolean;
  readonly words: DeclineWords;
};

/** Any one of these makes a row match. */
export type Signals = {
  /** Error or decline codes of Stripe. */
  readonly codes?: readonly string[];
  /** Stripe's advice. */
  readonly advice?: readonly string[];
  /** Network decline codes of a Visa card. */
  readonly visa?: readonly string[];
  /** Mastercard's advice to merchants. */
  readonly mastercardAdvice?: readonly string[];
  /** Network decline codes of a card of any network. */
  readonly network?: readonly string[];
  /** Return codes of a debit. */
  readonly returns?: readonly string[];
};

/** A row of the table of what follows a decline. */
export type DeclineRow = {
  readonly name: string;
  readonly signals: Signals;
  readonly follow: Follow;
  readonly words: DeclineWords;
  /** Where its rule comes from. */
  readonly source: string;
};
