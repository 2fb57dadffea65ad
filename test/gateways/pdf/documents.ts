// Documents to render: one ordinary invoice and one credit note, and what the tests vary in them.
import { cents, parseUsd, zeroNanos } from '../../../domain/money';
import type {
  CreditNoteDocument,
  DocumentUsageLine,
  InvoiceDocument,
  NamedAmount,
} from '../../../gateways/pdf/document';

export const minutesMean =
  'A minute is billed when a replica spent any part of it deploying, scaling up, serving or scaling down. It is counted once a replica, from 00:00 to 24:00 UTC.';

export function usageLine(given: Partial<DocumentUsageLine> = {}): DocumentUsageLine {
  return {
    model: 'whisper-large',
    version: 'v3',
    instanceType: 'A10Gx4x16',
    minutes: 44_640,
    priceNanos: parseUsd('0.02012') ?? zeroNanos,
    amountCents: cents(89_816n),
    ...given,
  };
}

const common = {
  issuedAtMs: Date.UTC(2025, 1, 1, 0, 5),
  periods: ['2025-01'],
  seller: {
    name: 'Rechenwerk GmbH',
    addressLines: ['Lindenstraße 12', '10969 Berlin', 'Germany'],
    email: 'billing@rechenwerk.example',
    taxIds: ['VAT DE123456789'],
    footer: 'Rechenwerk GmbH, Amtsgericht Berlin HRB 123456. Reverse charge: VAT is owed by the recipient.',
  },
  buyer: {
    name: 'Acme Speech Ltd',
    addressLines: ['1 Harbour Road', 'Dublin D02 XY45', 'Ireland'],
    taxId: 'IE1234567FA',
    purchaseOrder: 'PO-2025-0117',
    emails: ['accounts@acme.example'],
  },
  minutesMean,
} as const;

/** An invoice whose sums follow from its lines. */
export function invoice(given: Partial<InvoiceDocument> = {}): InvoiceDocument {
  const usage = given.usage ?? [
    {
      month: '2025-01',
      late: false,
      lines: [
        usageLine(),
        usageLine({ version: 'v4', minutes: 301, amountCents: cents(606n) }),
        usageLine({
          model: 'llama-70b-chat',
          version: '2025-01-14',
          instanceType: 'H100:2',
          minutes: 10_080,
          priceNanos: parseUsd('0.2175') ?? zeroNanos,
          amountCents: cents(219_240n),
        }),
      ],
    },
  ];
  const discounts = given.discounts ?? [];
  const credits = given.credits ?? [];
  const subtotalCents = sum(usage.flatMap((part) => part.lines));
  const totalCents = cents(subtotalCents + sum(discounts) + sum(credits));
  return {
    ...common,
    kind: 'invoice',
    status: 'issued',
    number: 'acme-0001',
    dueAtMs: Date.UTC(2025, 2, 3),
    usage,
    discounts,
    credits,
    subtotalCents,
    totalCents,
    paidCents: cents(0n),
    returnedCents: cents(0n),
    refundedCents: cents(0n),
    creditedCents: cents(0n),
    writtenOffCents: cents(0n),
    remainingCents: totalCents,
    toRefundCents: cents(0n),
    payment: 'Please transfer the amount by 3 March 2025 with the invoice number as reference.',
    ...given,
  };
}

/** A credit note of a correction. */
export function creditNote(given: Partial<CreditNoteDocument> = {}): CreditNoteDocument {
  return {
    ...common,
    kind: 'credit_note',
    number: 'acme-CN-0001',
    issuedAtMs: Date.UTC(2025, 1, 14, 9, 30),
    invoice: { number: 'acme-0001', issuedAtMs: common.issuedAtMs },
    reason: 'The replicas of 7 January were unreachable from 10:00 to 15:01 UTC.',
    usage: [{ month: '2025-01', late: false, lines: [usageLine({ minutes: 301, amountCents: cents(606n) })] }],
    discounts: [{ name: 'Volume discount 10 %', amountCents: cents(-61n) }],
    credits: [],
    adjustments: [],
    amountCents: cents(545n),
    settlement: 'The amount was refunded to the card ending in 4242 on 14 February 2025.',
    ...given,
  };
}

/** Many usage lines, each with a model of its own. */
export function manyLines(count: number, name = 'model'): DocumentUsageLine[] {
  return Array.from({ length: count }, (_, at) =>
    usageLine({
      model: `${name}-${at + 1}`,
      version: `v${(at % 7) + 1}`,
      minutes: (at * 37) % 44_640,
      priceNanos: parseUsd(`${at % 3}.${String(1_200 + at).padStart(5, '0')}`) ?? zeroNanos,
      amountCents: cents(BigInt(at * 131)),
    }),
  );
}

function sum(amounts: readonly { readonly amountCents: NamedAmount['amountCents'] }[]) {
  return cents(amounts.reduce((total, { amountCents }) => total + amountCents, 0n));
}
