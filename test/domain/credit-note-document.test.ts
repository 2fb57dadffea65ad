import type { CreditNoteLine } from '../../domain/credit-note';
import {
  type CreditedInvoice,
  composeCreditNoteDocument,
  type IssuedCreditNote,
} from '../../domain/credit-note-document';
import { cents, centsToNanos, nanos } from '../../domain/money';
import { noBilling } from '../../domain/parties';

const invoice: CreditedInvoice = {
  workspace: 'acme',
  number: 7,
  month: '2025-01',
  issuedAtMs: Date.UTC(2025, 1, 1),
  totalCents: cents(1_000n),
  seller: { name: 'Seller', addressLines: ['Street 1', 'Germany'], taxIds: ['VAT DE1'] },
  buyer: { ...noBilling, name: 'Acme', emails: ['a@acme.example'] },
};

const none = cents(0n);
const note: IssuedCreditNote = {
  workspace: 'acme',
  number: 2,
  kind: 'correction',
  reason: 'Stuck replicas',
  voidUsage: null,
  amountCents: cents(250n),
  writtenOffCents: none,
  lowersDueCents: cents(250n),
  toRefundCents: none,
  asCreditsCents: none,
  creditsReturnedNanos: nanos(0n),
  issuedAtMs: Date.UTC(2025, 1, 9),
};

function line(given: Partial<CreditNoteLine> & { amount: bigint }): CreditNoteLine {
  const { amount, ...rest } = given;
  const amountCents = cents(amount);
  const used = { model: 'm', version: 'v1', instanceType: 'gpu', replicaMinutes: 10, priceNanos: nanos(1n) };
  const facts = { position: 1, kind: 'usage', description: 'd', month: '2025-01' } as const;
  return {
    ...facts,
    ...(rest.kind === undefined ? used : {}),
    exactNanos: centsToNanos(amountCents),
    amountCents,
    ...rest,
  };
}

const lines = [
  line({ amount: 300n, model: 'other' }),
  line({ amount: 100n, month: '2024-12' }),
  line({ amount: -40n, kind: 'volume_discount', description: 'Volume discount on it' }),
  line({ amount: -60n, kind: 'program_discount', description: 'Program discount on it' }),
  line({ amount: -80n, kind: 'credit', description: 'Credits returned: free' }),
  line({ amount: 30n, kind: 'adjustment', description: 'Not charged' }),
];
const compose = (change: Partial<IssuedCreditNote> = {}, of: readonly CreditNoteLine[] = lines) =>
  composeCreditNoteDocument({ note: { ...note, ...change }, lines: of, invoice, terms: [] });

test('lines stand by month, what goes with them by name, and the parties are those of the invoice', () => {
  expect(compose()).toMatchObject({
    number: 'acme-CN-0002',
    issuedAtMs: note.issuedAtMs,
    invoice: { number: 'acme-0007', issuedAtMs: invoice.issuedAtMs },
    periods: ['2025-01'],
    seller: invoice.seller,
    buyer: { name: 'Acme', emails: ['a@acme.example'] },
    reason: 'Stuck replicas',
    usage: [
      { month: '2024-12', late: true, lines: [{ model: 'm', minutes: 10, amountCents: 100n }] },
      { month: '2025-01', late: false, lines: [{ model: 'other', amountCents: 300n }] },
    ],
    discounts: [{ amountCents: -40n }, { amountCents: -60n }],
    credits: [{ name: 'Credits returned: free', amountCents: -80n }],
    adjustments: [{ name: 'Not charged', amountCents: 30n }],
    amountCents: 250n,
  });
});

test.each(['goodwill', 'refund'] as const)('one of %s has its reason and no lines', (kind) => {
  const document = compose({ kind }, [line({ amount: 250n, kind, description: 'Stuck replicas' })]);
  const { usage, discounts, credits, adjustments } = document;
  expect([usage, discounts, credits, adjustments]).toEqual([[], [], [], []]);
});

const parts = { lowersDueCents: none };
test.each<[string, Partial<IssuedCreditNote>, string]>([
  ['lowers what is owed', {}, 'This credit note lowers what is to be paid by 2.50 USD.'],
  ['is paid back', { ...parts, toRefundCents: cents(250n) }, '2.50 USD had been paid and is paid back.'],
  [
    'becomes credits',
    { ...parts, asCreditsCents: cents(250n) },
    '2.50 USD had been paid and is given as credits for later usage.',
  ],
  ['was written off', { ...parts, writtenOffCents: cents(250n) }, '2.50 USD was not asked for any more.'],
  [
    'is shared out',
    { lowersDueCents: cents(100n), toRefundCents: cents(150n), creditsReturnedNanos: nanos(1_234_000_000n) },
    'This credit note lowers what is to be paid by 1.00 USD. 1.50 USD had been paid and is paid back. Credits of 1.23 USD that the invoice had used can be used again.',
  ],
  ['is nothing', { ...parts, amountCents: none }, 'No money moves.'],
  [
    'goes with a void invoice whose usage is owed',
    { voidUsage: 'owed' },
    'The invoice is void, and its usage is billed by a later one. This credit note lowers what is to be paid by 2.50 USD.',
  ],
  [
    'goes with a void invoice and its usage',
    { voidUsage: 'voided' },
    'The invoice is void, and its usage is not billed. This credit note lowers what is to be paid by 2.50 USD.',
  ],
])('what becomes of the money that %s', (_, change, settlement) => {
  expect(compose(change).settlement).toBe(settlement);
});

test('a usage line that lacks something is a bug and not printed', () => {
  expect(() => compose({}, [line({ amount: 1n, kind: 'usage' })])).toThrow('expected a usage line to have a model');
});
