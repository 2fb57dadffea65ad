// What the link of an e-mail opens: its one task, without a visit. The link's token, in the address, shows and does nothing else.
import { type ReactNode, useEffect } from 'react';
import type { Answer } from '../../contract/operations';
import { startLinkedTask } from '../data/changes';
import { type Question, questionOfLink } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { LeaveButton } from '../method/add-method';
import { Expiry } from '../method/expiry';
import { Off, Row } from '../pay/totals';
import { paintAccent } from '../shell/accent';
import { Boundary } from '../shell/boundary';
import { Connection } from '../shell/connection';
import { Ended } from '../shell/ended';
import { Footer, Masthead } from '../shell/frame';
import { Opening } from '../shell/opening';
import { PlatformContext } from '../shell/session';
import { View } from '../shell/view';
import { day, dollars, monthTitle } from '../shown/format';
import { useLeaving } from '../shown/leave';
import { methodName } from '../shown/words';
import { payTitle } from './task';

type Linked = Answer<'getPaymentLink'>;
type Invoice = NonNullable<Linked['invoice']>;
type Task = { readonly question: Question<Linked>; readonly token: string };

export function LinkedTask({ token }: { readonly token: string }) {
  const question = questionOfLink(token);
  const { value, failure } = useAnswer(question);
  useEffect(() => paintAccent(value?.platform.accent), [value]);
  if (failure?.kind === 'missing') return <Ended reason="unknown" />;
  if (failure?.kind === 'refused') return <Ended reason="link" text={failure.problem.detail} />;
  if (value === undefined) return <Opening failure={failure} />;
  const { invoice, method } = value;
  return (
    <PlatformContext value={value.platform}>
      <header>
        <Masthead>{homeLink(value.platform)}</Masthead>
      </header>
      <main id="main" tabIndex={-1}>
        <Boundary>
          {invoice === undefined ? (
            <Method method={method} question={question} token={token} />
          ) : (
            <Pay invoice={invoice} question={question} token={token} />
          )}
        </Boundary>
      </main>
      <Footer isTask />
      <Connection of={question} />
    </PlatformContext>
  );
}

// Who came by an e-mail was nowhere before: he is led to the platform.
function homeLink({ name, home }: Linked['platform']): ReactNode {
  return home === undefined ? undefined : <a href={home}>Back to {name}</a>;
}

function Method({ method, question, token }: Task & { readonly method: Linked['method'] }) {
  return (
    <View
      title={method === undefined ? 'Add a payment method' : 'Replace your payment method'}
      isReady
      twins={[{ name: 'this link', of: question }]}
    >
      {method === undefined ? (
        <p>With a card or a US bank account your invoices are paid by themselves, those that are open at once.</p>
      ) : (
        <p className="method">
          <strong>{methodName(method)}</strong>
          <Expiry of={method} />
          <span>is on file until another one is in its place.</span>
        </p>
      )}
      <Leave token={token}>{method === undefined ? 'Add a payment method' : 'Replace it'}</Leave>
    </View>
  );
}

function Pay({ invoice, question, token }: Task & { readonly invoice: Invoice }) {
  const { state, says, remaining, payNow = remaining, wantsConfirming = false } = invoice;
  const isConfirming = state === 'payable' && wantsConfirming;
  return (
    <View title={titleOf(invoice)} isReady twins={[{ name: 'this link', of: question }]}>
      {state !== 'payable' ? (
        <p>{says}</p>
      ) : (
        <>
          <p className="amount">
            <span className="value">{dollars(remaining)}</span>
            <span className="note">{dueOf(invoice)}</span>
          </p>
          {isConfirming ? <p>Your bank wants you to confirm this payment. It asks you on the next page.</p> : undefined}
          {payNow === remaining ? undefined : (
            <p>That is more than one payment can hold, so it is paid in parts: the first is {dollars(payNow)}.</p>
          )}
          <Leave token={token}>{`${isConfirming ? 'Confirm and pay' : 'Pay'} ${dollars(payNow)}`}</Leave>
        </>
      )}
      {state === 'payable' && remaining === invoice.total ? undefined : <Remainder of={invoice} />}
    </View>
  );
}

function Remainder({ of: { period, total, writtenOff, remaining } }: { readonly of: Invoice }) {
  return (
    <dl className="totals beneath">
      <Row name={`Usage in ${monthTitle(period)}`} value={dollars(total)} />
      <Off name="Written off: usage after your credits ran out" amount={writtenOff} />
      <Row name="Still to be paid" value={dollars(remaining)} isTotal />
    </dl>
  );
}

function titleOf({ number, state, wantsConfirming = false }: Invoice): string {
  switch (state) {
    case 'payable':
      return payTitle({ number, isConfirming: wantsConfirming });
    case 'paid':
      return `Invoice ${number} is paid`;
    case 'void':
      return `Invoice ${number} is void`;
    case 'under_way':
      return `A payment of invoice ${number} is under way`;
    case 'disputed':
      return `A payment of invoice ${number} is being looked into`;
    case 'too_little':
      return `Invoice ${number} is carried forward`;
    default:
      return state satisfies never;
  }
}

function dueOf({ period, dueAt }: Invoice): string {
  const due = Date.parse(dueAt) > Date.now() ? `due on ${day(dueAt)}` : 'due now';
  return `for usage in ${monthTitle(period)}, ${due}`;
}

function Leave({ token, children }: { readonly token: string; readonly children: string }): ReactNode {
  const leaving = useLeaving(() => startLinkedTask(token));
  return (
    <>
      <LeaveButton kind="main" {...leaving}>
        {children}
      </LeaveButton>
      <p className="quiet">
        That is done on a page of Stripe, our payment processor. What you type there does not reach us.
      </p>
    </>
  );
}
