// E-mails about the collecting of an invoice, after or instead of "Invoice N": what they say is stored, and composed here by
// kind. They are short: the amount, what happened, what comes next, and the one thing to do.
import { MinutebookError } from '../errors';
import { type Cents, cents } from '../money';
import type { Seller } from '../parties';
import { type Month, monthName, parseInstant } from '../period';
import { actionNeeded } from './action-needed';
import { type ComposedEmail, composeLetter, type Link, type Row } from './letter';
import { pastDue } from './past-due';
import { paymentFailed } from './payment-failed';
import { paymentReceived } from './payment-received';
import { type PdfSent, pdfLinks, pdfSentence } from './pdf-sent';
import { plainLine } from './plain';
import { reminder } from './reminder';
import { dayName, dollars, writtenOffLabel } from './wording';

export const collectingKinds = ['payment_failed', 'action_needed', 'past_due', 'payment_received', 'reminder'] as const;
export type CollectingKind = (typeof collectingKinds)[number];

/** What such an e-mail says, as it is stored: amounts and instants as text. */
export type CollectingFacts = {
  readonly number: string;
  readonly month: Month;
  readonly dueAt: string;
  readonly totalCents: string;
  readonly remainingCents: string;
  /** What was written off at its issue; left out where nothing was. */
  readonly writtenOffCents?: string;
  readonly payUrl?: string;
  readonly methodUrl?: string;
  /** Of a payment: what came in for this invoice, when and how. */
  readonly receivedCents?: string;
  readonly receivedAt?: string;
  /** What it was, or was to be, paid with. */
  readonly method?: string;
  /** Of a charge that did not come in: how much it was, which row of the table of declines follows it up, when it is repeated. */
  readonly triedCents?: string;
  readonly row?: string;
  readonly retryAt?: string;
  /** It was paid, or not, by the customer himself: nothing is tried by itself. */
  readonly isByInvoice?: true;
  /** Of a reminder: whether the day is past. */
  readonly isOverdue?: boolean;
};

/** The same, read: what each kind is composed from. */
export type Collected = {
  readonly number: string;
  readonly dueDay: string;
  readonly remaining: string;
  readonly isPaid: boolean;
  readonly payUrl?: string;
  readonly methodUrl?: string;
  readonly received: string;
  readonly method: string;
  readonly tried: string;
  readonly row: string;
  readonly retryDay?: string;
  readonly isByInvoice: boolean;
  readonly isOverdue: boolean;
};

/** What a kind has to say: the rest of the letter is the same for all. */
export type Saying = {
  /** Before the invoice's number. */
  readonly subject: string;
  readonly preview: string;
  readonly heading: string;
  readonly amount: string;
  readonly amountSays: string;
  readonly paragraphs: readonly string[];
  readonly button?: Link;
  readonly links?: readonly Link[];
};

const sayings: { readonly [kind in CollectingKind]: (facts: Collected) => Saying } = {
  payment_failed: paymentFailed,
  action_needed: actionNeeded,
  past_due: pastDue,
  payment_received: paymentReceived,
  reminder,
};

/** Composes one of these. Throws `internal` where its facts are none. */
export function composeCollecting(
  kind: CollectingKind,
  facts: CollectingFacts & { readonly buyerName: string },
  { seller, pdf }: { readonly seller: Seller; readonly pdf: PdfSent },
): ComposedEmail {
  const says = sayings[kind](collectedOf(facts));
  const { number, month } = facts;
  return composeLetter({
    subject: `${says.subject}: invoice ${number}`,
    preheader: `${says.preview} ${monthName(month)}. Invoice ${number}.`,
    heading: says.heading,
    amount: says.amount,
    amountSays: says.amountSays,
    paragraphs: [...says.paragraphs, pdfSentence('invoice', pdf)],
    rows: rowsOf(facts),
    ...(says.button === undefined ? {} : { button: says.button }),
    links: [...(says.links ?? []), ...pdfLinks('invoice', pdf)],
    seller,
  });
}

function collectedOf(facts: CollectingFacts): Collected {
  const { number, payUrl, methodUrl, method, row, retryAt } = facts;
  const remainingCents = centsOf(facts.remainingCents);
  return {
    number,
    dueDay: dayOf(facts.dueAt),
    remaining: dollars(remainingCents),
    isPaid: remainingCents === 0n,
    received: dollars(centsOf(facts.receivedCents)),
    tried: dollars(centsOf(facts.triedCents)),
    method: plainLine(method ?? 'the payment method on file'),
    row: row ?? '',
    isByInvoice: facts.isByInvoice ?? false,
    isOverdue: facts.isOverdue ?? false,
    ...(payUrl === undefined ? {} : { payUrl }),
    ...(methodUrl === undefined ? {} : { methodUrl }),
    ...(retryAt === undefined ? {} : { retryDay: dayOf(retryAt) }),
  };
}

function centsOf(text = '0'): Cents {
  return cents(BigInt(text));
}

function dayOf(text: string): string {
  const ms = parseInstant(text);
  if (ms !== undefined) return dayName(ms);
  throw new MinutebookError({ code: 'internal', detail: `an e-mail has ${text} where an instant was expected` });
}

function rowsOf(facts: CollectingFacts & { readonly buyerName: string }): readonly Row[] {
  return [
    { label: 'Billed to', value: plainLine(facts.buyerName) },
    { label: 'Invoice', value: facts.number },
    { label: 'Total', value: dollars(centsOf(facts.totalCents)) },
    ...(facts.writtenOffCents === undefined
      ? []
      : [{ label: writtenOffLabel, value: dollars(cents(-centsOf(facts.writtenOffCents))) }]),
    { label: 'Left to pay', value: dollars(centsOf(facts.remainingCents)), strong: true },
  ];
}

/** The button to pay, where there is a link. */
export function payButton({ payUrl, remaining }: Collected): { readonly button?: Link } {
  return payUrl === undefined ? {} : { button: { label: `Pay ${remaining}`, url: payUrl } };
}

/** The link to another payment method, where there is one. */
export function methodLinks({ methodUrl }: Collected): { readonly links: readonly Link[] } {
  return { links: methodUrl === undefined ? [] : [{ label: 'Use another payment method', url: methodUrl }] };
}
