// The hours of one day, beside those of the day before.
import { useQuestions } from '../address/use-place';
import { CostChart, type Naming } from '../chart/cost-chart';
import { fill } from '../chart/series';
import { slotsOfHours } from '../chart/slots';
import { dayAfter, hoursOf } from '../chart/times';
import { useAnswer } from '../data/use-answer';
import { longDay, shortDay, time } from '../shown/format';
import { Shown } from '../shown/states';

export function CostByHour({ day }: { readonly day: string }) {
  const questions = useQuestions();
  const known = useAnswer(questions.day(day));
  const dayBefore = dayAfter(day, -1);
  const last = useAnswer(questions.day(dayBefore));
  if (last.value === undefined && last.failure === undefined) return <Shown of={last}>{() => undefined}</Shown>;
  const before = last.value === undefined ? [] : slotsOfHours(last.value);
  const naming: Naming = {
    title: `Cost by hour, ${longDay(day)}`,
    ...{ whole: longDay(day), before: 'The day before' },
    long: (at) => `${shortDay(at)}, ${time(at)} UTC`,
    ...{ short: time, unit: 'hour' },
  };
  return (
    <Shown of={known}>
      {(answer) => (
        <CostChart
          slots={fill(slotsOfHours(answer), hoursOf(day))}
          before={before.length === 0 ? [] : fill(before, hoursOf(dayBefore))}
          naming={naming}
        />
      )}
    </Shown>
  );
}
