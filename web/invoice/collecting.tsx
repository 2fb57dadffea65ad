// How an unpaid invoice is being collected, in words: what was tried, why it failed, what happens next and when.
import type { Answer } from '../../contract/operations';
import type { View } from '../address/place';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { PayNow } from '../method/pay-now';
import { day, dollars, instant } from '../shown/format';

type Invoice = Answer<'getInvoice'>;
type Payments = Answer<'getInvoicePayments'>;
type Props = {
  readonly invoice: Invoice;
  readonly back?: { readonly view: View; readonly rest?: readonly string[] };
};

export function Collecting({ invoice, back }: Props) {
  const { value } = useAnswer(questionsOfInvoice(invoice.id).payments());
  if (value === undefined) return undefined;
  const isUnderWay = value.attempts.some((attempt) => attempt.state === 'under_way');
  const sentences = [dueSentence(invoice), ...lastSentences(value), nextSentence(invoice, value)];
  return (
    <div className="collecting">
      <p>{sentences.filter((sentence) => sentence !== undefined).join(' ')}</p>
      {isUnderWay || invoice.disputed ? undefined : (
        <PayNow invoice={invoice} {...(back === undefined ? {} : { back })} />
      )}
    </div>
  );
}

function dueSentence({ remaining, dueAt, status }: Invoice): string {
  const amount = dollars(remaining);
  if (status === 'past_due') return `${amount} is past due since ${day(dueAt)}.`;
  return Date.parse(dueAt) > Date.now() ? `${amount} is due on ${day(dueAt)}.` : `${amount} is due.`;
}

/** What the newest attempt came to. */
function lastSentences({ attempts }: Payments): readonly string[] {
  const last = [...attempts].sort((one, other) => other.number - one.number)[0];
  if (last === undefined) return [];
  const what = last.method === undefined ? 'A payment' : `A payment with ${last.method}`;
  if (last.state === 'under_way') return [`${what} is under way since ${instant(last.madeAt)}.`];
  if (last.state !== 'failed') return [];
  return [`${what} failed on ${instant(last.settledAt ?? last.madeAt)}.`, ...(last.why === undefined ? [] : [sentence(last.why)])];
}

function nextSentence({ disputed, status }: Invoice, { waitsUntil, looksAgainAt }: Payments): string | undefined {
  if (disputed) return 'Your bank is looking into a payment of it; until it has decided nothing is charged.';
  if (waitsUntil !== undefined) return `It waits until ${waitsUntil}.`;
  if (status === 'past_due') return 'Nothing more is tried by itself.';
  return looksAgainAt === undefined ? undefined : `The next step is on ${instant(looksAgainAt)}.`;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
