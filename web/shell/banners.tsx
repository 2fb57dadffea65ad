// What a customer has to know before any figure: that models stand still or soon will, and what brings them back.
import type { ReactNode } from 'react';
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
  const due = <PastDue told={told} />;
  if (refused === undefined) {
    return (
      <>
        {runUntil === undefined || view === 'credits' ? undefined : <RunsUntil at={runUntil} />}
        {due}
      </>
    );
  }
  // What is past due stands with what it has stopped.
  if (refused.reason === 'past_due')
    return (
      <Refused {...refused}>
        <ToPay told={told} />
      </Refused>
    );
  return (
    <>
      <Refused {...refused} />
      {due}
    </>
  );
}

function Refused({
  reason,
  message,
  stopsModels,
  children,
}: NonNullable<Standing['refused']> & { readonly children?: ReactNode }) {
  const { heading, running = heading, tone } = refusals[reason];
  const said = stopsModels ? heading : running;
  const needsMethod = reason === 'credits_exhausted' || reason === 'payment_method_missing';
  const isStopped = stopsModels && (reason === 'credits_exhausted' || reason === 'past_due');
  return (
    <section className={`banner ${tone}`} aria-label={said}>
      <h2>{said}</h2>
      <p>{message}</p>
      {isStopped ? <p>Nothing has been deleted.</p> : undefined}
      {needsMethod ? <Add /> : undefined}
      {children}
    </section>
  );
}

type Said = { readonly heading: string; readonly running?: string; readonly tone: 'bad' | 'warn' };

/** `running`: the heading where nothing may be deployed, and what runs goes on. */
const refusals: { readonly [reason in Refusal]: Said } = {
  credits_exhausted: { heading: 'Your models are stopped: your credits are used up', tone: 'bad' },
  payment_method_missing: { heading: 'Nothing can be deployed yet', tone: 'warn' },
  past_due: {
    heading: 'Your models are stopped: an invoice is past due',
    running: 'Nothing can be deployed: an invoice is past due',
    tone: 'bad',
  },
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
      <Add />
    </section>
  );
}

// Where a payment method is added the button is there already.
function Add() {
  return usePlace().view === 'payment' ? undefined : <AddMethod />;
}

type Told = { readonly told: Standing['pastDue'] };

function PastDue({ told }: Told) {
  const [invoice] = told;
  if (invoice === undefined) return undefined;
  return (
    <section className="banner bad" aria-label="Past due">
      <h2>
        Invoice {invoice.number} is past due: {dollars(invoice.remaining)} is to be paid
      </h2>
      <ToPay told={told} isNamed />
    </section>
  );
}

/** `isNamed`: the invoice stands in the heading. */
function ToPay({ told: [invoice, ...others], isNamed = false }: Told & { readonly isNamed?: boolean }) {
  const href = useHref();
  const { readOnly } = useSession();
  if (invoice === undefined) return undefined;
  const more = others.length === 1 ? 'another invoice' : `${others.length} other invoices`;
  return (
    <>
      <p>
        {isNamed ? '' : `Invoice ${invoice.number}: ${dollars(invoice.remaining)} is to be paid. `}It could not be
        collected, and nothing more is tried by itself.{others.length === 0 ? '' : ` So it is with ${more}.`}
      </p>
      <Link className="button" to={href('invoices', { rest: [invoice.id] })}>
        {readOnly ? 'See why' : 'See why, and pay'}
      </Link>
    </>
  );
}
