// What came in for an invoice, what was tried, and what went back.
import type { Answer } from '../../contract/operations';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { dollars, instant, isZero } from '../shown/format';
import { type Column, Pages, Table } from '../shown/table';

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

const columns: readonly Column[] = [{ name: 'What' }, { name: 'Amount', kind: 'number' }];

export function Payments({ invoice }: { readonly invoice: { readonly id: string } }) {
  const questions = questionsOfInvoice(invoice.id);
  const { value } = useAnswer(questions.payments());
  const { value: refunds } = useAnswer(questions.refunds());
  const hasAny = value !== undefined && (value.next !== undefined || happenedOn(value).length > 0);
  if (!hasAny && (refunds === undefined || refunds.items.length === 0)) return undefined;
  return (
    <section aria-labelledby="payments">
      <h2 id="payments">Payments</h2>
      <Table columns={columns}>
        <Pages ask={questions.payments} columns={columns}>
          {(page) => happenedOn(page).map((each) => <Row key={each.key} of={each} />)}
        </Pages>
        {/* What goes back has come in before. */}
        <Pages ask={questions.refunds} columns={columns}>
          {(page) => page.items.map(ofRefund).map((each) => <Row key={each.key} of={each} />)}
        </Pages>
      </Table>
    </section>
  );
}

/** What a page tells of, in its order: so the pages follow each other. */
function happenedOn({ payments, attempts }: Answer<'getInvoicePayments'>): readonly Happened[] {
  const tried = attempts.filter(({ state }) => state === 'failed' || state === 'under_way');
  return [...payments.map(ofPayment), ...tried.map(ofAttempt)].sort((one, other) => one.at.localeCompare(other.at));
}

function Row({ of: { at, what, said, amount } }: { readonly of: Happened }) {
  return (
    <tr>
      <th scope="row">
        {what}
        <span className="under">
          {instant(at)}
          {said === undefined ? undefined : ` · ${said}`}
        </span>
      </th>
      <td className="number">{amount}</td>
    </tr>
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
