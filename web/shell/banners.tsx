// What a customer has to know before any figure: that models stand still or soon will, and what brings them back.
import type { Refusal } from '../../domain/guard/gate';
import { Link } from '../address/link';
import { useHref, usePlace } from '../address/use-place';
import { AddMethod } from '../method/add-method';
import { dollars, instant } from '../shown/format';
import { useSession } from './session';
import type { Standing } from './standing';

export function Banners({ standing }: { readonly standing: Standing }) {
  const { refused, runUntil, pastDue } = standing;
  const { view, rest } = usePlace();
  // Nobody has to be led to where he is: an invoice that he is about to pay, credits that say themselves until when.
  const told = pastDue.filter(({ id }) => view !== 'payment' && rest[0] !== id);
  const first = told[0];
  return (
    <>
      {refused === undefined ? undefined : <Refused {...refused} />}
      {refused !== undefined || runUntil === undefined || view === 'credits' ? undefined : <RunsUntil at={runUntil} />}
      {first === undefined ? undefined : <PastDue invoice={first} more={told.length - 1} />}
    </>
  );
}

function Refused({ reason, message }: { readonly reason: Refusal; readonly message: string }) {
  const { heading, tone } = refusals[reason];
  const needsMethod = reason === 'credits_exhausted' || reason === 'payment_method_missing';
  return (
    <section className={`banner ${tone}`} aria-label={heading}>
      <h2>{heading}</h2>
      <p>{message}</p>
      {reason === 'suspended' || reason === 'payment_method_missing' ? undefined : <p>Nothing has been deleted.</p>}
      {needsMethod ? <AddMethod /> : undefined}
    </section>
  );
}

const refusals: { readonly [reason in Refusal]: { readonly heading: string; readonly tone: 'bad' | 'warn' } } = {
  credits_exhausted: { heading: 'Your models are stopped: your credits are used up', tone: 'bad' },
  payment_method_missing: { heading: 'Nothing can be deployed yet', tone: 'warn' },
  past_due: { heading: 'Your models are stopped: an invoice is past due', tone: 'bad' },
  suspended: { heading: 'Your account is suspended', tone: 'bad' },
};

function RunsUntil({ at }: { readonly at: string }) {
  return (
    <section className="banner warn" aria-label="Your credits are running out">
      <h2>Your models run until {instant(at)}</h2>
      <p>
        Then your credits are used up, at what runs at the moment, and no payment method is on file. Your models are
        stopped, not deleted, until there is one.
      </p>
      <AddMethod />
    </section>
  );
}

function PastDue({ invoice, more }: { readonly invoice: Standing['pastDue'][number]; readonly more: number }) {
  const href = useHref();
  const { readOnly } = useSession();
  const where = href('invoices', { rest: [invoice.id] });
  return (
    <section className="banner bad" aria-label="Past due">
      <h2>
        Invoice {invoice.number} is past due: {dollars(invoice.remaining)} is to be paid
      </h2>
      <p>
        It could not be collected, and nothing more is tried by itself.
        {more > 0 ? ` So it is with ${more === 1 ? 'another invoice' : `${more} other invoices`}.` : ''}
      </p>
      <Link className="button" to={where}>
        {readOnly ? 'See why' : 'See why, and pay'}
      </Link>
    </section>
  );
}
