// Credits: what is left and for how long, what happens then, each grant, and a statement like a bank's.
import type { Answer } from '../../contract/operations';
import { usePlace, useQuestions } from '../address/use-place';
import { useAnswer, useSettled } from '../data/use-answer';
import { View } from '../shell/view';
import { Figures } from '../shown/figures';
import { about, dollars, isZero } from '../shown/format';
import { Nothing, Shown } from '../shown/states';
import { AtZero } from './at-zero';
import { BurnDown } from './burn-down';
import { Grants } from './grants';
import { Statement } from './statement';

type Credits = Answer<'getCredits'>;

export function CreditsView() {
  const { workspace } = usePlace();
  const questions = useQuestions();
  const known = useAnswer(questions.credits());
  const isReady = useSettled([
    questions.credits(),
    questions.statement(),
    questions.method(),
    questions.gate(),
    questions.terms(),
  ]);
  return (
    <View
      title="Credits"
      isReady={isReady}
      twins={[
        { name: 'credits', of: questions.credits() },
        { name: 'statement', of: questions.statement() },
      ]}
    >
      <Shown of={known}>{(credits) => <All credits={credits} key={workspace} />}</Shown>
    </View>
  );
}

function All({ credits }: { readonly credits: Credits }) {
  if (credits.grants.length === 0) {
    return <Nothing>You have no credits. Where you are given some, they are spent before anything is charged.</Nothing>;
  }
  return (
    <>
      <Figures of={figuresOf(credits)} />
      <AtZero credits={credits} />
      <BurnDown credits={credits} />
      <Grants credits={credits} />
      <Statement />
    </>
  );
}

function figuresOf({ available, pending, burnPerHour, hoursLeft }: Credits) {
  const isBurning = !isZero(burnPerHour);
  return [
    {
      name: 'Left',
      value: dollars(available),
      said: isZero(pending) ? undefined : `after ${dollars(pending)} of open months`,
    },
    {
      name: 'Drawn an hour',
      value: dollars(burnPerHour),
      said: isBurning ? 'in the last hour' : 'nothing draws on them',
    },
    isBurning && hoursLeft !== undefined
      ? { name: 'Time left', value: about(hoursLeft), said: 'at this pace' }
      : undefined,
  ];
}
