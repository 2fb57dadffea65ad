// What happens when the credits are used up, at what instant, and what prevents it.
import type { Answer } from '../../contract/operations';
import { hourMs } from '../../domain/period';
import { useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { AddMethod } from '../method/add-method';
import { instant } from '../shown/format';
import { termsNow } from '../shown/terms';
import { methodName } from '../shown/words';

export function AtZero({ credits }: { readonly credits: Answer<'getCredits'> }) {
  const questions = useQuestions();
  const { value: method, failure } = useAnswer(questions.method());
  const { value: gate } = useAnswer(questions.gate());
  const { value: terms } = useAnswer(questions.terms());
  if (credits.level === 'gone') return undefined;
  if (method !== undefined) {
    return (
      <p>When they are used up, what runs after that is on your monthly invoice, paid with {methodName(method)}.</p>
    );
  }
  if (termsNow(terms)?.collection === 'invoice') {
    return <p>When they are used up, what runs after that is on your monthly invoice.</p>;
  }
  if (failure?.kind !== 'missing') return undefined;
  const at = gate?.runUntil ?? zeroOf(credits.hoursLeft);
  return (
    <section className="zero" aria-labelledby="zero">
      <h2 id="zero">{at === undefined ? 'When they are used up' : `They last until ${instant(at)}`}</h2>
      <p>
        No payment method is on file. {at === undefined ? 'When nothing is left' : 'Then'} your models are stopped and
        none can be deployed until there is one; nothing is deleted. With a payment method on file they go on running,
        and what is beyond your credits is on your monthly invoice.
      </p>
      <AddMethod />
    </section>
  );
}

/** To the hour, as it is reckoned from one hour's pace. */
function zeroOf(hoursLeft: number | undefined): string | undefined {
  if (hoursLeft === undefined) return undefined;
  return new Date((Math.floor(Date.now() / hourMs) + hoursLeft) * hourMs).toISOString();
}
