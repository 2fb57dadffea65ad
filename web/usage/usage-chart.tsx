// Costs of the period: by day, or of one day by hour, beside those of the time before.
import { previousMonth } from '../../domain/period';
import { Link } from '../address/link';
import { hrefWith, useAsk, usePlace, useQuestions } from '../address/use-place';
import { CostChart, type Naming } from '../chart/cost-chart';
import { fill, type Slot } from '../chart/series';
import { slotsOfDays, slotsOfHours } from '../chart/slots';
import { dayAfter, daysOf, hoursOf, isDay, rangeOfDay } from '../chart/times';
import { useAnswer } from '../data/use-answer';
import { longDay, monthTitle, shortDay, time } from '../shown/format';
import { Shown } from '../shown/states';

export function UsageChart({ period }: { readonly period: string }) {
  const place = usePlace();
  const { day } = place.query;
  const shownDay = isDay(day) && day.startsWith(period) ? day : undefined;
  return (
    <section className="usage-chart" aria-label="Cost over time">
      <div className="bar">
        <h2>{shownDay === undefined ? 'Cost by day' : `Cost by hour, ${longDay(shownDay)}`}</h2>
        {shownDay === undefined ? undefined : <Link to={hrefWith(place, { day: undefined })}>All days</Link>}
      </div>
      {shownDay === undefined ? <Days period={period} /> : <Hours day={shownDay} />}
    </section>
  );
}

function Days({ period }: { readonly period: string }) {
  const questions = useQuestions();
  const place = usePlace();
  const ask = useAsk();
  const known = useAnswer(questions.days(period));
  const last = previousMonth(period);
  const { value: before } = useAnswer(questions.days(last));
  const naming: Naming = {
    title: `Cost by day, ${monthTitle(period)}`,
    whole: monthTitle(period),
    before: monthTitle(last),
    ...{ long: longDay, short: shortDay, unit: 'day' },
  };
  return (
    <div className="chart-room">
      <Shown of={known}>
        {(answer) => (
          <CostChart
            slots={fill(slotsOfDays(answer), daysOf(period))}
            before={shadeOf(before === undefined ? [] : slotsOfDays(before), daysOf(last))}
            naming={naming}
            onOpen={(day) => ask({ day })}
            hrefOf={(day) => hrefWith(place, { day })}
          />
        )}
      </Shown>
    </div>
  );
}

function Hours({ day }: { readonly day: string }) {
  const questions = useQuestions();
  const known = useAnswer(questions.hours(rangeOfDay(day)));
  const last = dayAfter(day, -1);
  const { value: before } = useAnswer(questions.hours(rangeOfDay(last)));
  const naming: Naming = {
    title: `Cost by hour, ${longDay(day)}`,
    ...{ whole: longDay(day), before: 'The day before' },
    long: (at) => `${shortDay(at)}, ${time(at)} UTC`,
    ...{ short: time, unit: 'hour' },
  };
  return (
    <div className="chart-room">
      <Shown of={known}>
        {(answer) => (
          <CostChart
            slots={fill(slotsOfHours(answer), hoursOf(day))}
            before={shadeOf(before === undefined ? [] : slotsOfHours(before), hoursOf(last))}
            naming={naming}
          />
        )}
      </Shown>
    </div>
  );
}

/** Nothing is shaded where there was nothing. */
const shadeOf = (known: readonly Slot[], times: readonly string[]) => (known.length === 0 ? [] : fill(known, times));
