import { composeInvoiceIssued, type InvoiceIssued, type Settlement } from '../../../domain/mail/invoice-issued';
import { cents } from '../../../domain/money';
import { refusalOf } from '../refusals';
import { freeInvoice, invoice } from './samples';

const card = 'Visa ending in 4242';
const settled = (settlement: Settlement): InvoiceIssued => ({ ...invoice, settlement });

describe('the e-mail of an invoice', () => {
  test.each([
    [
      'that is due',
      invoice,
      'Invoice acme-0003: $1,081.11 due 3 March 2026',
      '$1,081.11 due 3 March 2026 for January 2026',
    ],
    [
      'that is due at once',
      settled({ kind: 'due', dueCents: invoice.totalCents, dueAtMs: invoice.issuedAtMs }),
      'Invoice acme-0003: $1,081.11 due now',
      '$1,081.11 due now for January 2026',
    ],
    [
      'a part of which is written off',
      {
        ...settled({ kind: 'due', dueCents: cents(100_000n), dueAtMs: invoice.issuedAtMs }),
        writtenOffCents: cents(8_111n),
      },
      'Invoice acme-0003: $1,000.00 due now',
      '$1,000.00 due now for January 2026',
    ],
    [
      'that is written off whole',
      { ...settled({ kind: 'nothing_to_pay' }), writtenOffCents: invoice.totalCents },
      'Invoice acme-0003: nothing to pay',
      '$0.00, nothing to pay for January 2026',
    ],
    ['of $0.00', freeInvoice, 'Invoice acme-0003: nothing to pay', '$0.00, nothing to pay for January 2026'],
    [
      'that is paid',
      settled({ kind: 'paid', paidAtMs: Date.UTC(2026, 1, 2), method: card }),
      'Invoice acme-0003: $1,081.11 paid',
      '$1,081.11 paid for January 2026',
    ],
    [
      'whose payment is under way',
      settled({ kind: 'processing', method: 'the bank account ending in 6789' }),
      'Invoice acme-0003: $1,081.11, payment under way',
      '$1,081.11, payment under way, for January 2026',
    ],
    [
      'that is carried forward',
      settled({ kind: 'carried' }),
      'Invoice acme-0003: $1,081.11, carried forward',
      '$1,081.11, carried forward, for January 2026',
    ],
  ])('%s says so in its subject and in the first 90 characters', (_, facts, subject, preview) => {
    const email = composeInvoiceIssued(facts);
    expect(email.subject).toBe(subject);
    expect(email.preheader.slice(0, 90)).toContain(preview);
    expect(email.text.replace(/\s+/g, ' ').slice(0, 90)).toContain(preview);
    const [, shown = ''] = email.html.split('</head>');
    expect(
      shown
        .replace(/<[^>]*>/g, '')
        .trim()
        .slice(0, 90),
    ).toContain(preview);
  });

  test('has the same figures in text and HTML', () => {
    const { text, html } = composeInvoiceIssued(invoice);
    for (const figure of ['$1,234.56', '−$123.45', '−$30.00', '$1,081.11', 'PO-17', 'Acme GmbH', '1 February 2026']) {
      expect(text).toContain(figure);
      expect(html).toContain(figure);
    }
  });

  test('names what is written off beside the total, and why there is nothing to pay', () => {
    const { text, html } = composeInvoiceIssued({
      ...settled({ kind: 'nothing_to_pay' }),
      writtenOffCents: invoice.totalCents,
    });
    for (const shown of [text, html]) {
      expect(shown).toContain('Written off: usage after your credits ran out');
      expect(shown).toContain('−$1,081.11');
    }
    expect(text.replace(/\s+/g, ' ')).toContain(
      'Credits of $30.00 cover a part of it, and the $1,081.11 of usage after your credits ran out are written off, so there is nothing for you to do.',
    );
    expect(composeInvoiceIssued(invoice).text).not.toContain('Written off');
  });

  test('leaves out what is not there: no discounts, no credits, no purchase order, no button', () => {
    const { purchaseOrder: _, ...plain } = invoice;
    const none = cents(0n);
    const facts = { ...plain, usageCents: invoice.totalCents, discountCents: none, creditsAppliedCents: none };
    expect(composeInvoiceIssued(facts).text).not.toMatch(/Discounts|Credits|Purchase order|Pay \$/);
  });

  test('offers to pay where there is a link, and a link where the PDF is too large to be attached', () => {
    const payUrl = 'https://billing.example.com/pay/abc?a=1&b=2';
    const settlement = { ...invoice.settlement, payUrl } as Settlement;
    const pdf = { url: 'https://billing.example.com/i.pdf' };
    const { text, html } = composeInvoiceIssued({ ...invoice, settlement, pdf });
    expect(text).toContain(`Pay $1,081.11:\n${payUrl}\n`);
    expect(html).toContain('href="https://billing.example.com/pay/abc?a=1&amp;b=2"');
    expect(text).toContain(pdf.url);
    expect(text).toContain("The invoice's PDF is too large to be attached.");
    expect(text).not.toContain('is attached');
  });

  test('is refused when the lines do not make the total, or "nothing to pay" is said of something', () => {
    expect(refusalOf(() => composeInvoiceIssued({ ...invoice, usageCents: cents(1n) })).code).toBe('internal');
    expect(refusalOf(() => composeInvoiceIssued(settled({ kind: 'nothing_to_pay' }))).code).toBe('internal');
    expect(refusalOf(() => composeInvoiceIssued({ ...freeInvoice, settlement: invoice.settlement })).code).toBe(
      'internal',
    );
  });

  test('never cuts a number, however long the id of the workspace', () => {
    const number = `${'a'.repeat(128)}-0001`;
    const email = composeInvoiceIssued({ ...invoice, number });
    for (const text of [email.subject, email.text, email.html]) expect(text).toContain(number);
  });
});
