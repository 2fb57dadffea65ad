// What workflows and their activities answer: ids, words, instants as RFC 3339 and amounts as decimal strings.

import type { Finalized } from './closing';
import type { AwaitedThing } from './collecting/decide';
import type { refundState } from './refunds';

/** What a judgement of a guard came to. Instants are RFC 3339, amounts decimal strings of dollars. */
export type Judged = {
  /** Everything said up to this number is judged by. */
  readonly sequence: number;
  readonly state: 'ok' | 'low' | 'suspended';
  /** When to look again, if nobody has anything to say before. */
  readonly lookAt: string;
  readonly remaining: string;
  readonly burnPerHour: string;
  readonly zeroAt?: string;
  /** What is suspended, why, and what would end it: for operators. */
  readonly words: string;
};

/** Where the collecting of an invoice stands after a look. `until` is RFC 3339. */
export type Collected =
  | { readonly kind: 'paid' | 'void' | 'uncollectible' }
  | { readonly kind: 'waiting'; readonly for: AwaitedThing; readonly until?: string; readonly isPastDue: boolean };

/** How many addresses of an e-mail have it, and how many will not get it. */
export type EmailOutcome = { readonly sent: number; readonly failed: number };

export type SentRefund = { readonly parts: number; readonly state: ReturnType<typeof refundState> };

/** Where a billing period stands. `until`: when it goes on at the latest. */
export type PeriodStanding =
  | { readonly state: 'open'; readonly until: string }
  | { readonly state: 'closing' }
  | { readonly state: 'waiting'; readonly for: Extract<Finalized, { kind: 'waiting' }>['for']; readonly until: string }
  | { readonly state: 'closed' };

/** What the coming invoice would say now. Dollars; `total` to the cent, all else exact. */
export type PreviewedInvoice = {
  readonly workspace: string;
  readonly period: string;
  readonly listAmount: string;
  readonly volumeDiscount: string;
  readonly programDiscount: string;
  readonly creditsApplied: string;
  readonly amountDue: string;
  readonly total: string;
};

/** How a round of telling ended. Instants are RFC 3339. */
export type DeliveryRound =
  /** There is nothing more to tell. */
  | { readonly kind: 'done' }
  /** There is more, and somebody else's turn. */
  | { readonly kind: 'more'; readonly isFailing: boolean }
  | { readonly kind: 'waiting'; readonly until: string; readonly isFailing: boolean }
  /** It has disabled itself, and whoever runs this does not know. */
  | { readonly kind: 'disabled' };

export type DisablingTold = { readonly sent: boolean };
