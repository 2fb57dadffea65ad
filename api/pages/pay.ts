// What the page of a link to pay says, in every case.
import type { PayableInvoice } from '../../db/payments/checkouts';
import { invoiceNumber } from '../../domain/ids';
import { dayName, dollars, writtenOffLabel } from '../../domain/mail/wording';
import { cents } from '../../domain/money';
import type { PayDecision } from '../../domain/paying';
import { monthName } from '../../domain/period';
import type { Fact, Page, Shown } from './page';

/** How the invoice stands; `asked`: the customer has pressed the button, and got this instead of a page to pay on. */
export function payPage(
  invoice: PayableInvoice,
  decision: PayDecision,
  { asked, nowMs }: { readonly asked: boolean; readonly nowMs: number },
): Shown {
  const number = invoiceNumber(invoice);
  const facts = factsOf(invoice, nowMs);
  switch (decision.kind) {
    case 'paid':
      return say(200, `Invoice ${number} is paid`, 'Nothing remains to be paid. Thank you.', facts);
    case 'void':
      return say(410, `Invoice ${number} is void`, 'It was taken back, and nothing is to be paid for it.', facts);
    case 'under_way': {
      const sentence =
        'There is nothing for you to do. A bank debit takes some days; you will get an e-mail when it has come through, or if it has not.';
      return say(asked ? 409 : 200, `A payment of invoice ${number} is under way`, sentence, facts);
    }
    case 'disputed': {
      const sentence = 'Your bank is looking into it. Until it has decided there is nothing for you to do.';
      return say(asked ? 409 : 200, `A payment of invoice ${number} is being looked into`, sentence, facts);
    }
    case 'too_little': {
      const sentence =
        'It is too little to be charged alone and is collected with a later invoice. There is nothing for you to do.';
      return say(asked ? 409 : 200, `Invoice ${number} is carried forward`, sentence, facts);
    }
    default:
      return { status: 200, page: payable(invoice, decision, { number, nowMs }) };
  }
}

type Payable = Exclude<PayDecision, { readonly kind: 'paid' | 'void' | 'under_way' | 'disputed' | 'too_little' }>;

function payable(
  invoice: PayableInvoice,
  decision: Payable,
  { number, nowMs }: { readonly number: string; readonly nowMs: number },
): Page {
  const { remainingCents, dueAtMs } = invoice;
  const later = decision.kind === 'open' ? decision.laterCents : 0n;
  const amount = dollars(decision.kind === 'open' ? decision.amountCents : remainingCents);
  const parts =
    later > 0n ? [`That is more than one payment can hold, so it is paid in parts: the first is ${amount}.`] : [];
  return {
    heading: `Pay invoice ${number}`,
    figure: { amount: dollars(remainingCents), says: nowMs < dueAtMs ? `Due ${dayName(dueAtMs)}` : 'Due now' },
    paragraphs: parts,
    // What stands above already is not said again.
    facts: factsOf(invoice, Number.POSITIVE_INFINITY),
    button: `Pay ${amount}`,
    note: 'You pay on a page of Stripe, our payment processor. What you type there does not reach us.',
  };
}

function factsOf(invoice: PayableInvoice, nowMs: number): readonly Fact[] {
  const { month, totalCents, writtenOffCents, remainingCents, dueAtMs } = invoice;
  return [
    { label: 'For', value: `Usage in ${monthName(month)}` },
    ...(remainingCents > 0n && nowMs < dueAtMs ? [{ label: 'Due', value: dayName(dueAtMs) }] : []),
    { label: 'Total', value: dollars(totalCents) },
    ...(writtenOffCents > 0n ? [{ label: writtenOffLabel, value: dollars(cents(-writtenOffCents)) }] : []),
    { label: 'Remaining', value: dollars(remainingCents), strong: true },
  ];
}

function say(status: number, heading: string, sentence: string, facts: readonly Fact[]): Shown {
  return { status, page: { heading, paragraphs: [sentence], facts } };
}
