// Invoices: issued ones, and what the coming one would say now.
import { Type } from '@sinclair/typebox';
import { Bill, BillPart } from './bill';
import { Buyer, Seller } from './billing';
import { cursor, limit, numberPart } from './pages';
import { Cents, Id, Instant, Minutes, Month, Name, UsdPerMinute, words } from './scalars';
import { answer, optional, parameters, said, type Wire } from './shape';
import { Collection } from './terms';

export const InvoiceStatus = words(['issued', 'paid', 'past_due', 'uncollectible', 'void']);
export const ClosedBecause = words(
  ['complete', 'deadline', 'requested'],
  'all usage was in, time was up, or asked for',
);

export const InvoiceLine = answer('InvoiceLine', {
  kind: words(['usage', 'volume_discount', 'program_discount', 'credit']),
  description: Type.String(),
  period: Month,
  model: optional(Name),
  version: optional(Name),
  instanceType: optional(Name),
  replicaMinutes: optional(Minutes),
  usdPerMinute: optional(UsdPerMinute),
  amount: Type.String({ description: 'US dollars and cents; discounts and credits are negative' }),
});
export type InvoiceLine = Wire<typeof InvoiceLine>;

const stated = {
  workspace: Id,
  period: Month,
  currency: words(['USD']),
  lines: Type.Array(InvoiceLine, { description: 'their amounts add up to the total of the bill' }),
  bill: Bill,
  parts: Type.Array(BillPart),
};

export const Invoice = answer('Invoice', {
  id: Type.String(),
  number: Type.String({ examples: ['acme-0001'] }),
  status: InvoiceStatus,
  issuedAt: Instant,
  dueAt: said("the issue, or as many days after it as the terms of the period's last hour say", Instant),
  collection: Collection,
  seller: Seller,
  buyer: Buyer,
  closedBecause: ClosedBecause,
  ...stated,
  paid: said('what was applied to this invoice', Cents),
  returned: said('what banks took back, disputes while they are open included', Cents),
  refunded: said('given back, or given as credits', Cents),
  credited: said('by credit notes', Cents),
  writtenOff: said('what ran after the credits were gone and is not asked for', Cents),
  remaining: said('what is still to be paid', Cents),
  toRefund: said('credited after it was paid, and not on its way back yet', Cents),
  disputed: optional(
    Type.Boolean({
      description: 'true while a bank looks into a payment of it: nothing is charged or refunded meanwhile',
    }),
  ),
});
export type Invoice = Wire<typeof Invoice>;

export const DocumentCsv = Type.String({
  description: `RFC 4180, UTF-8, CRLF. Amounts are exact decimals. A text that a spreadsheet would run as a formula (it begins
with = + - @ or a tab), or that begins with an apostrophe, has an apostrophe before it.`,
});

export const DocumentPdf = Type.Unsafe<Uint8Array>({ description: 'PDF 1.7, tagged (PDF/UA-1)' });

export const UpcomingInvoice = answer('UpcomingInvoice', {
  status: words(['upcoming']),
  ...stated,
  writtenOff: said('what would be written off: usage after the credits ran out', Cents),
});
export type UpcomingInvoice = Wire<typeof UpcomingInvoice>;

export const invoicesAPage = 20;
export const InvoicesQuery = parameters({
  lines: optional(words(['all', 'none'], 'none: a history alone, whose invoices have their lines left empty')),
  cursor: optional(cursor(numberPart)),
  limit: optional(limit({ usual: invoicesAPage, max: 100 })),
});
