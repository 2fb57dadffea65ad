// The payment method on file: what it is, another in its place, or none.
import type { Answer } from '../../contract/operations';
import { useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { Shown } from '../shown/states';
import { methodName } from '../shown/words';
import { AddMethod } from './add-method';
import { Expiry } from './expiry';
import { RemoveMethod } from './remove-method';
import { useNewsOfStripe } from './use-news';

type Stored = Answer<'getPaymentMethod'>;

export function Method({ isBack }: { readonly isBack: boolean }) {
  const known = useAnswer(useQuestions().method());
  useNewsOfStripe(isBack);
  return (
    <section aria-labelledby="method">
      <h2 id="method">Payment method</h2>
      <Shown of={known} missing={<None />}>
        {(method) => <OnFile method={method} isNew={isBack} />}
      </Shown>
    </section>
  );
}

function None() {
  return (
    <>
      <p>
        None is on file. With a card or a US bank account your invoices are paid by themselves, and your models go on
        running when credits are used up.
      </p>
      <AddMethod />
      <AtStripe />
    </>
  );
}

function OnFile({ method, isNew }: { readonly method: Stored; readonly isNew: boolean }) {
  return (
    <>
      <p className="method">
        <strong>{methodName(method)}</strong>
        <Expiry of={method} />
      </p>
      <p role="status" className="good">
        {isNew ? 'It is on file from now on. Invoices that are open are charged to it at once.' : undefined}
      </p>
      <p className="quiet">Your invoices are paid with it by themselves when they are issued.</p>
      <div className="acts">
        <AddMethod kind="plain">Replace it</AddMethod>
        <RemoveMethod name={methodName(method)} />
      </div>
      <AtStripe />
    </>
  );
}

const AtStripe = () => (
  <p className="quiet">
    You type it on a page of Stripe, our payment processor. What you type there does not reach us.
  </p>
);
