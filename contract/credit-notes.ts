// Credit notes: what takes back something of an issued invoice.
import { Type } from '@sinclair/typebox';
import { creditNoteKinds, creditNoteLineKinds, voidUsages } from '../domain/credit-note';
import { type Cents as CentsAmount, cents, wholeCents } from '../domain/money';
import { cursor, limit, numberPart } from './pages';
import { readAs } from './reading';
import { Amount, Cents, Id, Instant, line, Minutes, Month, Name, UsdPerMinute, usd, words } from './scalars';
import { answer, entry, optional, parameters, said, type Wire } from './shape';

export const reasonLengthMax = 500;
export const Reason = said('why, as the customer reads it', line(reasonLengthMax));

export const CreditNoteLine = answer('CreditNoteLine', {
  kind: words(creditNoteLineKinds),
  description: Type.String(),
  period: Month,
  model: optional(Name),
  version: optional(Name),
  instanceType: optional(Name),
  replicaMinutes: optional(Minutes),
  usdPerMinute: optional(UsdPerMinute),
  amount: Type.String({ description: 'US dollars and cents; what it gives back is positive' }),
});
export type CreditNoteLine = Wire<typeof CreditNoteLine>;

export const CreditNote = answer('CreditNote', {
  id: Type.String({ examples: ['cn:acme:1'] }),
  number: Type.String({ examples: ['acme-CN-0001'] }),
  invoice: Type.String(),
  invoiceNumber: Type.String({ examples: ['acme-0003'] }),
  workspace: Id,
  kind: words(creditNoteKinds),
  key: Id,
  reason: Type.String(),
  usage: optional(words(voidUsages, "of a void: what becomes of the invoice's usage")),
  issuedAt: Instant,
  amount: Cents,
  lines: Type.Array(CreditNoteLine, { description: 'their amounts add up to the amount' }),
  writtenOff: said('of the amount: what had been written off', Cents),
  lowersDue: said('of the amount: what there is less to pay', Cents),
  toRefund: said('of the amount: what was paid already and is to be refunded', Cents),
  asCredits: said('of the amount: what was paid already and is given as credits', Cents),
  grant: optional(said('the grant that asCredits was given as', Id)),
  creditsReturned: said('credits that the invoice no longer draws, beside the money', Amount),
  notCredited: said('what would exceed the total of the invoice, as goodwill has credited it already', Cents),
});
export type CreditNote = Wire<typeof CreditNote>;

export const creditNotesAPage = 20;
export const CreditNotesQuery = parameters({
  cursor: optional(cursor(numberPart)),
  limit: optional(limit({ usual: creditNotesAPage, max: 100 })),
});

const GoodwillAmount = usd({
  description: 'US dollars and whole cents, more than nothing',
  refuse: (amount) =>
    amount > 0n && wholeCents(amount) !== undefined ? undefined : 'more than nothing, in whole cents, such as "12.35"',
});

export const CreditNoteEntry = entry('CreditNoteEntry', {
  key: said('the same key again credits nothing more', Id),
  reason: Reason,
  amount: GoodwillAmount,
});
export type CreditNoteEntry = Wire<typeof CreditNoteEntry>;

/** Reads the body of POST /v1/invoices/{invoice}/credit-notes. Throws `invalid_request` with every fault. */
export function readCreditNoteEntry(body: unknown): {
  readonly key: string;
  readonly reason: string;
  readonly amountCents: CentsAmount;
} {
  const { key, reason, amount } = readAs(CreditNoteEntry, body, { what: 'the credit note is' });
  return { key, reason, amountCents: wholeCents(amount) ?? cents(0n) };
}

export const VoidInvoiceEntry = entry('VoidInvoiceEntry', {
  key: said('the same key again changes nothing more', Id),
  reason: Reason,
  usage: words(voidUsages, 'owed: the next invoice bills it; voided: nobody does'),
});
export type VoidInvoiceEntry = Wire<typeof VoidInvoiceEntry>;

/** Reads the body of POST /v1/invoices/{invoice}/void. Throws `invalid_request` with every fault. */
export function readVoidInvoiceEntry(body: unknown) {
  return readAs(VoidInvoiceEntry, body, { what: 'the voiding is' });
}
