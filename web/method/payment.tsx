// What is paid with, what could not be paid, and what stands on the invoices.
import { usePlace, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { View } from '../shell/view';
import { Shown } from '../shown/states';
import { BillingDetails } from './billing-details';
import { Method } from './method';
import { ToPay } from './to-pay';

export function PaymentView() {
  const questions = useQuestions();
  const { query } = usePlace();
  const workspace = useAnswer(questions.workspace());
  return (
    <View
      title="Payment"
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
