// Invoices of which something is still to be paid: why that is so, what happens next, and the way to pay at once.
import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { Collecting } from '../invoice/collecting';
import { isZero, monthTitle } from '../shown/format';

export function ToPay() {
  const { value } = useAnswer(useQuestions().invoices());
  const open = (value?.items ?? []).filter(isOpen);
  if (open.length === 0) return undefined;
  return (
    <section aria-labelledby="to-pay">
      <h2 id="to-pay">To be paid</h2>
      {open.map((invoice) => (
        <Open key={invoice.id} invoice={invoice} />
      ))}
    </section>
  );
}

export const isOpen = ({ status, remaining }: Pick<Answer<'getInvoice'>, 'status' | 'remaining'>): boolean =>
  (status === 'issued' || status === 'past_due') && !isZero(remaining);

function Open({ invoice }: { readonly invoice: Answer<'getInvoice'> }) {
  const href = useHref();
  return (
    <div className="to-pay">
      <h3>
        <Link to={href('invoices', { rest: [invoice.id] })}>Invoice {invoice.number}</Link>,{' '}
        {monthTitle(invoice.period)}
      </h3>
      <Collecting invoice={invoice} back={{ view: 'payment' }} />
    </div>
  );
}
