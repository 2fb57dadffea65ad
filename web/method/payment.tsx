// What is paid with, what could not be paid, and what stands on the invoices.
import { usePlace, useQuestions } from '../address/use-place';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer, useSettled } from '../data/use-answer';
import { View } from '../shell/view';
import { Shown } from '../shown/states';
import { BillingDetails } from './billing-details';
import { Method } from './method';
import { isOpen, ToPay } from './to-pay';

export function PaymentView() {
  const questions = useQuestions();
  const { query } = usePlace();
  const workspace = useAnswer(questions.workspace());
  const { value: invoices } = useAnswer(questions.invoices());
  const open = (invoices?.items ?? []).filter(isOpen);
  const isReady = useSettled([
    questions.workspace(),
    questions.method(),
    questions.invoices(),
    ...open.map(({ id }) => questionsOfInvoice(id).payments()),
  ]);
  return (
    <View
      title="Payment"
      isReady={isReady}
      twins={[
        { name: 'payment method', of: questions.method() },
        { name: 'billing details', of: questions.workspace() },
      ]}
    >
      <ToPay />
      <Method isBack={query['back'] === 'method'} />
      <Shown of={workspace}>{(value) => <BillingDetails workspace={value} />}</Shown>
    </View>
  );
}
