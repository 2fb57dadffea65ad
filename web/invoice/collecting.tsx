// How an unpaid invoice is being collected, in words: what was tried, why it failed, what happens next and when.

import type { Answer } from '../../contract/operations';
import type { View } from '../address/place';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { AddMethod } from '../method/add-method';
import { PayNow } from '../method/pay-now';
import { day, dollars, instant } from '../shown/format';

type Invoice = Answer<'getInvoice'>;
type Payments = Answer<'getInvoicePayments'>;
type Props = {
  readonly invoice: Invoice;
  readonly back?: { readonly view: View; readonly rest?: readonly string[] };
};

export function Collecting({ invoice, back = { view: 'invoices', rest: [invoice.id] } }: Props) {
  const { value } = useAnswer(questionsOfInvoice(invoice.id).payments());
  if (value === undefined) return undefined;
  const isUnderWay = value.attempts.some((attempt) => attempt.state === 'under_way');
  const hasFailed = lastOf(value)?.state === 'failed';
  return (
    <div className={hasFailed ? 'collecting failed' : 'collecting'}>
      <p>{[dueSentence(invoice), ...lastSentences(value), nextSentence(invoice, value)].join(' ')}</p>
      {isUnderWay || invoice.disputed ? undefined : (
        <div className="acts">
          <PayNow invoice={invoice} isConfirming={value.nextStep?.for === 'authentication'} back={back} />
          {hasFailed ? (
            <AddMethod kind="plain" back={back}>
              Use another payment method
            </AddMethod>
          ) : undefined}
        </div>
      )}
    </div>
  );
}

function dueSentence({ remaining, dueAt, status }: Invoice): string {
  const amount = dollars(remaining);
  if (status === 'past_due') return `${amount} is past due since ${day(dueAt)}.`;
  return Date.parse(dueAt) > Date.now() ? `${amount} is due on ${day(dueAt)}.` : `${amount} is due.`;
}

function lastOf({ attempts }: Payments): Payments['attempts'][number] | undefined {
  return attempts.reduce<Payments['attempts'][number] | undefined>(
    (last, each) => (last === undefined || each.number > last.number ? each : last),
    undefined,
  );
}

/** What the newest attempt came to. */
function lastSentences(payments: Payments): readonly string[] {
  const last = lastOf(payments);
  if (last === undefined) return [];
  const what = last.method === undefined ? 'A payment' : `A payment with ${last.method}`;
  if (last.state === 'under_way') return [`${what} is under way since ${instant(last.madeAt)}.`];
  if (last.state !== 'failed') return [];
  // What the bank wants is said by what is next.
  const why = payments.nextStep?.for === 'authentication' ? '' : (last.why ?? '');
  return [`${what} failed on ${instant(last.settledAt ?? last.madeAt)}.`, why];
}

function nextSentence({ status }: Invoice, { nextStep }: Payments): string {
  if (nextStep !== undefined)
    return nextStep.at === undefined ? nextStep.says : `${nextStep.says} Next time: ${instant(nextStep.at)}.`;
  return status === 'past_due' ? 'Nothing more is tried by itself.' : '';
}
