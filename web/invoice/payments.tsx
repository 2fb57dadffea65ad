// What came in for an invoice, what was tried, and what went back.
import type { Answer } from '../../contract/operations';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { dollars, instant, isZero } from '../shown/format';

type Attempt = Answer<'getInvoicePayments'>['attempts'][number];
type Payment = Answer<'getInvoicePayments'>['payments'][number];
type Refund = Answer<'listRefunds'>['items'][number];
type Happened = {
  readonly key: string;
  readonly at: string;
  readonly what: string;
  readonly said?: string;
  readonly amount: string;
};

export function Payments({ invoice }: { readonly invoice: { readonly id: string } }) {
  const questions = questionsOfInvoice(invoice.id);
  const { value } = useAnswer(questions.payments());
  const { value: refunds } = useAnswer(questions.refunds());
  const happened = [
    ...(value?.payments ?? []).map(ofPayment),
    ...(value?.attempts ?? [])
      .filter((attempt) => attempt.state === 'failed' || attempt.state === 'under_way')
      .map(ofAttempt),
    ...(refunds?.items ?? []).map(ofRefund),
  ].sort((one, other) => other.at.localeCompare(one.at));
  if (happened.length === 0) return undefined;
  return (
    <section aria-labelledby="payments">
      <h2 id="payments">Payments</h2>
      <table className="usage">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" className="number">
              Amount
            </th>
          </tr>
        </thead>
        <tbody>
          {happened.map(({ key, at, what, said, amount }) => (
            <tr key={key}>
              <th scope="row">
                {what}
                <span className="under">
                  {instant(at)}
                  {said === undefined ? undefined : ` · ${said}`}
                </span>
              </th>
              <td className="number">{amount}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ofPayment({ id, amount, applied, granted, method, reference, receivedAt }: Payment): Happened {
  const by = method ?? (reference === undefined ? '' : `transfer ${reference}`);
  const parts = [
    applied === amount ? undefined : `${dollars(applied)} of ${dollars(amount)} for this invoice`,
    isZero(granted) ? undefined : `${dollars(granted)} was too much and is credit`,
  ].filter((part) => part !== undefined);
  return {
    ...{ key: id, at: receivedAt, what: by === '' ? 'Paid' : `Paid with ${by}`, amount: dollars(applied) },
    ...(parts.length === 0 ? {} : { said: parts.join(' · ') }),
  };
}

function ofAttempt({ number, state, amount, method, why, madeAt, settledAt }: Attempt): Happened {
  const by = method === undefined ? '' : ` with ${method}`;
  const what = state === 'failed' ? `Failed${by}` : `Under way${by}`;
  const said = why === undefined ? {} : { said: why };
  return { key: `attempt ${number}`, at: settledAt ?? madeAt, what, amount: dollars(amount), ...said };
}

function ofRefund({ key, amount, reason, state, madeAt }: Refund): Happened {
  const what = state === 'failed' ? 'Refund failed' : state === 'pending' ? 'Refund under way' : 'Refunded';
  return { key: `refund ${key}`, at: madeAt, what, said: reason, amount: dollars(amount) };
}
