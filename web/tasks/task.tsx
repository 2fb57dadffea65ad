// One task alone, as a link of the platform or of an e-mail asks for: the rest is hidden, and when it is done it leads back.
import type { ReactNode } from 'react';
import { Link } from '../address/link';
import { useHref, usePlace, useQuestions } from '../address/use-place';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer, useSettled } from '../data/use-answer';
import { Collecting } from '../invoice/collecting';
import { AddMethod } from '../method/add-method';
import { isOpen } from '../method/to-pay';
import { useNewsOfStripe } from '../method/use-news';
import { useSession } from '../shell/session';
import { View } from '../shell/view';
import { dollars, monthTitle } from '../shown/format';
import { Shown, Trouble } from '../shown/states';
import { methodName } from '../shown/words';

export function TaskView({
  task,
  invoice,
}: {
  readonly task: string | undefined;
  readonly invoice: string | undefined;
}) {
  const { query } = usePlace();
  useNewsOfStripe(query['back'] !== undefined);
  if (task === 'method') return <MethodTask />;
  if (task === 'pay' && invoice !== undefined) return <PayTask invoice={invoice} />;
  return <Trouble failure={{ kind: 'missing' }} />;
}

function MethodTask() {
  const question = useQuestions().method();
  const known = useAnswer(question);
  const back = { view: 'task', rest: ['method'] } as const;
  const title = known.value === undefined ? 'Add a payment method' : 'Your payment method';
  return (
    <View title={title} isReady={useSettled([question])} twins={[{ name: 'payment method', of: question }]}>
      <Shown
        of={known}
        missing={
          <>
            <p>With a card or a US bank account your invoices are paid by themselves, those that are open at once.</p>
            <AddMethod back={back} />
          </>
        }
      >
        {(method) => (
          <>
            <p>
              <strong>{methodName(method)}</strong> is on file. Your invoices are paid with it.
            </p>
            <Done>
              <AddMethod back={back} kind="plain">
                Replace it
              </AddMethod>
            </Done>
          </>
        )}
      </Shown>
    </View>
  );
}

function PayTask({ invoice: id }: { readonly invoice: string }) {
  const question = questionsOfInvoice(id).invoice();
  const known = useAnswer(question);
  const { nextStep } = useAnswer(questionsOfInvoice(id).payments()).value ?? {};
  const back = { view: 'task', rest: ['pay', id] } as const;
  return (
    <View
      title={payTitle({ number: known.value?.number, isConfirming: nextStep?.for === 'authentication' })}
      isReady={useSettled([question, questionsOfInvoice(id).payments()])}
      twins={[{ name: 'invoice', of: question }]}
    >
      <Shown of={known} missing={<Trouble failure={{ kind: 'missing' }} />}>
        {(invoice) =>
          isOpen(invoice) ? (
            <>
              <p className="amount">
                <span className="value">{dollars(invoice.remaining)}</span>
                <span className="note">for usage in {monthTitle(invoice.period)}</span>
              </p>
              <Collecting invoice={invoice} back={back} />
            </>
          ) : (
            <Done>
              <p>Nothing remains to be paid. Thank you.</p>
            </Done>
          )
        }
      </Shown>
    </View>
  );
}

/** A bank that asks for it is what the customer comes for: it is the same payment, on the same page of Stripe. */
export function payTitle(of: { readonly number: string | undefined; readonly isConfirming: boolean }): string {
  if (of.number === undefined) return 'Pay an invoice';
  return of.isConfirming ? `Confirm the payment of invoice ${of.number}` : `Pay invoice ${of.number}`;
}

function Done({ children }: { readonly children: ReactNode }) {
  const { returnUrl, platform } = useSession();
  const back = returnUrl ?? platform.home;
  const href = useHref();
  return (
    <>
      {children}
      <p>
        {back === undefined ? (
          <Link to={href('usage')}>See all of billing</Link>
        ) : (
          <a className="button" href={back}>
            Back to {platform.name}
          </a>
        )}
      </p>
    </>
  );
}
