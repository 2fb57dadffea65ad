// E-mails about credits and suspensions: what they say is stored, and composed here by kind. They are short: what is left,
// until when, what happens then, and the one thing that helps.
import { MinutebookError } from '../errors';
import type { Refusal } from '../guard/gate';
import type { Notice, SuspensionReason, SuspensionScope } from '../guard/notices';
import { cents, type Nanos, nanos, roundToCentsHalfUp } from '../money';
import type { Seller } from '../parties';
import { parseInstant } from '../period';
import type { Collection } from '../terms';
import { creditsShort } from './credits-short';
import { creditsUsed } from './credits-used';
import { deployRefused } from './deploy-refused';
import { type ComposedEmail, composeLetter, type Letter, type Link, type Row } from './letter';
import { plainLine } from './plain';
import { restored } from './restored';
import { suspended } from './suspended';
import { dollars, instantName, lasting } from './wording';

export const guardKinds = ['credits_used', 'credits_short', 'suspended', 'restored', 'deploy_refused'] as const;
export type GuardKind = (typeof guardKinds)[number];

/** What such an e-mail says, as it is stored: amounts and instants as text. */
export type GuardFacts = {
  readonly at: string;
  readonly collection: Collection;
  readonly hasMethod: boolean;
  readonly grantedNanos?: string;
  readonly remainingNanos?: string;
  readonly burnNanosPerHour?: string;
  readonly zeroAt?: string;
  /** How many models were stopped, or go on, and the names of the first. */
  readonly modelCount: number;
  readonly models: readonly string[];
  readonly percent?: 50 | 80 | 100;
  readonly reason?: SuspensionReason;
  readonly scope?: SuspensionScope;
  /** An operator's own words. */
  readonly message?: string;
  readonly because?: Extract<Notice, { readonly kind: 'restored' }>['because'];
  /** Of a deployment that was refused. */
  readonly deploy?: { readonly model: string; readonly version?: string; readonly reason: Refusal };
  /** What is past due, and the invoice that the link is of. */
  readonly owedCents?: string;
  readonly payUrl?: string;
  readonly methodUrl?: string;
};

/** The same, read: what each kind is composed from. */
export type Guarded = Omit<
  GuardFacts,
  'grantedNanos' | 'remainingNanos' | 'burnNanosPerHour' | 'zeroAt' | 'owedCents'
> & {
  readonly atMs: number;
  readonly granted: string;
  readonly isGranted: boolean;
  readonly remaining: string;
  readonly burn: string;
  readonly isBurning: boolean;
  readonly zeroAtMs?: number;
  readonly owed: string;
  /** `chat, embedder and 3 more`. */
  readonly named: string;
  readonly seller: Seller;
};

/** What a kind has to say: the rest of the letter is the same for all. */
export type GuardSaying = Pick<Letter, 'subject' | 'preheader' | 'heading' | 'amount' | 'amountSays' | 'paragraphs'> & {
  readonly button?: Link;
};

const sayings: { readonly [kind in GuardKind]: (facts: Guarded) => GuardSaying } = {
  credits_used: creditsUsed,
  credits_short: creditsShort,
  suspended,
  restored,
  deploy_refused: deployRefused,
};

/** Composes one of these. Throws `internal` where its facts are none. */
export function composeGuardMail(
  kind: GuardKind,
  facts: GuardFacts & { readonly buyerName: string },
  { seller }: { readonly seller: Seller },
): ComposedEmail {
  const guarded = guardedOf(facts, seller);
  return composeLetter({ ...sayings[kind](guarded), rows: rowsOf(facts, guarded), links: [], seller });
}

function guardedOf(stored: GuardFacts, seller: Seller): Guarded {
  const { grantedNanos, remainingNanos, burnNanosPerHour, zeroAt, owedCents = '0', ...facts } = stored;
  const burn = nanosOf(burnNanosPerHour);
  const granted = nanosOf(grantedNanos);
  return {
    ...facts,
    seller,
    atMs: msOf(facts.at),
    granted: rounded(granted),
    isGranted: granted > 0n,
    remaining: rounded(nanosOf(remainingNanos)),
    burn: burn > 0n && roundToCentsHalfUp(burn) === 0n ? 'less than $0.01' : rounded(burn),
    isBurning: burn > 0n,
    ...(zeroAt === undefined ? {} : { zeroAtMs: msOf(zeroAt) }),
    owed: dollars(cents(BigInt(owedCents))),
    named: namesOf(facts),
  };
}

function rowsOf(stored: GuardFacts & { readonly buyerName: string }, guarded: Guarded): readonly Row[] {
  const account = { label: 'Account', value: plainLine(stored.buyerName) };
  const { reason, because, owed } = guarded;
  if (reason === 'past_due') return [account, { label: 'Past due', value: owed, strong: true }];
  const isAboutCredits = reason !== 'operator' && because !== 'operator' && because !== 'paid';
  return isAboutCredits && stored.remainingNanos !== undefined ? [account, ...creditRows(guarded)] : [account];
}

function creditRows(guarded: Guarded): readonly Row[] {
  const { burn, isBurning, zeroAtMs, atMs, hasMethod } = guarded;
  const isComing = isBurning && !hasMethod && zeroAtMs !== undefined && zeroAtMs > atMs;
  return [
    { label: 'Credits left', value: leftWords(guarded), strong: true },
    ...(isBurning ? [{ label: 'Used per hour', value: burn }] : []),
    ...(isComing ? [{ label: 'Used up at', value: instantName(zeroAtMs) }] : []),
  ];
}

/** `$12.00 of $30.00`; where none are given, `$0.00`. */
function leftWords({ remaining, granted, isGranted }: Guarded): string {
  return isGranted ? `${remaining} of ${granted}` : remaining;
}

/** Until when credits last, where something runs: `At $1.20 an hour they last until … (in 5 hours).` */
export function lastingWords({ isBurning, zeroAtMs, burn, atMs }: Guarded): readonly string[] {
  if (!isBurning || zeroAtMs === undefined) return [];
  return [`At ${burn} an hour they last until ${instantName(zeroAtMs)} (${lasting(zeroAtMs - atMs)}).`];
}

/** The button to a page that takes a payment method, where there is a link. */
export function methodButton({ methodUrl }: Guarded): { readonly button?: Link } {
  return methodUrl === undefined ? {} : { button: { label: 'Add a payment method', url: methodUrl } };
}

/** The button that pays the oldest invoice past due, where there is a link. */
export function payButton({ payUrl }: Guarded): { readonly button?: Link } {
  return payUrl === undefined ? {} : { button: { label: 'Pay the invoice', url: payUrl } };
}

/** So many names are told. */
export const namedMax = 5;

function namesOf({ models, modelCount }: GuardFacts): string {
  const named = models.slice(0, namedMax).map((model) => plainLine(model, 60));
  const left = modelCount - named.length;
  if (left > 0) return `${named.join(', ')} and ${left} more`;
  const last = named.at(-1) ?? '';
  return named.length < 2 ? last : `${named.slice(0, -1).join(', ')} and ${last}`;
}

function nanosOf(text = '0'): Nanos {
  return nanos(BigInt(text));
}

function rounded(amount: Nanos): string {
  return dollars(roundToCentsHalfUp(amount));
}

function msOf(text: string): number {
  const ms = parseInstant(text);
  if (ms !== undefined) return ms;
  throw new MinutebookError({ code: 'internal', detail: `an e-mail has ${text} where an instant was expected` });
}
