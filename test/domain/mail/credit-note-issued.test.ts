import { composeCreditNoteIssued } from '../../../domain/mail/credit-note-issued';
import { cents } from '../../../domain/money';
import { refusalOf } from '../refusals';
import { creditNote } from './samples';

const none = cents(0n);

describe('the e-mail of a credit note', () => {
  test('names itself and its invoice, with amount and reason in the first 90 characters', () => {
    const email = composeCreditNoteIssued(creditNote);
    expect(email.subject).toBe('Credit note acme-CN-0001: $250.00 for invoice acme-0003');
    expect(email.preheader.slice(0, 90)).toContain('$250.00 credited: Replicas were stuck after a network fault');
    expect(email.text.replace(/\s+/g, ' ').slice(0, 90)).toContain('Replicas were stuck after a network fault');
  });

  test('begins the reason within the first 90 characters, and tells it whole below, when it is long', () => {
    const reason = `The replicas ${'of that model '.repeat(10)}were stuck.`;
    const email = composeCreditNoteIssued({ ...creditNote, reason });
    expect(email.preheader.slice(0, 90)).toContain(`$250.00 credited: ${reason.slice(0, 40)}`);
    expect(email.text.replace(/\s+/g, ' ')).toContain(`Reason: ${reason}`);
  });

  test.each([
    [
      'lowers the debt',
      { lowersDueCents: creditNote.creditedCents, refundedCents: none },
      'lowers what is to be paid by $250.00',
    ],
    ['pays back', { lowersDueCents: none, refundedCents: creditNote.creditedCents }, '$250.00 are paid back to you'],
    [
      'gives credits',
      { lowersDueCents: none, refundedCents: none, asCreditsCents: creditNote.creditedCents },
      '$250.00 are yours as credits',
    ],
  ])('says where the money goes when it %s', (_, parts, sentence) => {
    expect(composeCreditNoteIssued({ ...creditNote, ...parts }).text).toContain(sentence);
  });

  test('says that no money moves when none does', () => {
    const parts = { creditedCents: none, lowersDueCents: none, refundedCents: none, creditsReturnedCents: none };
    const { text, subject } = composeCreditNoteIssued({ ...creditNote, ...parts });
    expect(subject).toContain('$0.00');
    expect(text).toContain('No money moves.');
  });

  test.each([
    ['owed', 'The invoice is void, and its usage is billed by a later one.'],
    ['voided', 'The invoice is void, and its usage is not billed.'],
  ] as const)('says that the invoice is void where it voids it (%s)', (voidUsage, sentence) => {
    expect(composeCreditNoteIssued({ ...creditNote, voidUsage }).text).toContain(sentence);
    expect(composeCreditNoteIssued(creditNote).text).not.toContain('void');
  });

  test('is refused when its parts are not what it credits', () => {
    expect(refusalOf(() => composeCreditNoteIssued({ ...creditNote, refundedCents: none })).code).toBe('internal');
  });
});
