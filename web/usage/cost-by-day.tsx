// The days of a period, each by itself or all up to it; a day leads to its hours.

import type { Answer } from '../../contract/operations';
import { sumNanos } from '../../domain/money';
import { dayMs, monthStartMs, previousMonth } from '../../domain/period';
import { hrefWith, useAsk, usePlace, useQuestions } from '../address/use-place';
import { CostChart, type Naming } from '../chart/cost-chart';
import { type Outlook, runningTotals } from '../chart/outlook';
import { fill, type Slot, totalOf } from '../chart/series';
import { slotsOfDays } from '../chart/slots';
import { daysOf } from '../chart/times';
import { useAnswer } from '../data/use-answer';
import { longDay, monthTitle, nanosOf, shortDay } from '../shown/format';
import { runningMonth } from '../shown/period-picker';
import { Shown } from '../shown/states';

export function CostByDay({ period, isTotal }: { readonly period: string; readonly isTotal: boolean }) {
  const questions = useQuestions();
  const known = useAnswer(questions.days(period));
  const last = useAnswer(questions.days(previousMonth(period)));
  const forecast = useAnswer(period === runningMonth() ? questions.forecast(period) : undefined);
  // The scale is that of both: with one alone it would be drawn twice.
  if (last.value === undefined && last.failure === undefined) return <Shown of={last}>{() => undefined}</Shown>;
  return (
    <Shown of={known}>
      {(days) => <Chart days={days} before={last.value} forecast={forecast.value} isTotal={isTotal} />}
    </Shown>
  );
}

function Chart(props: {
  readonly days: Answer<'getUsageDays'>;
  readonly before: Answer<'getUsageDays'> | undefined;
  readonly forecast: Answer<'getForecast'> | undefined;
  readonly isTotal: boolean;
}) {
  const { days, before, forecast, isTotal } = props;
  const place = usePlace();
  const ask = useAsk();
  const { period } = days;
  const slots = fill(slotsOfDays(days), daysOf(period));
  const shade =
    before === undefined || before.items.length === 0 ? [] : fill(slotsOfDays(before), daysOf(before.period));
  const naming: Naming = {
    title: `${isTotal ? 'Running total' : 'Cost by day'}, ${monthTitle(period)}`,
    whole: isTotal ? 'So far' : monthTitle(period),
    before: monthTitle(previousMonth(period)),
    ...{ long: longDay, short: shortDay, unit: 'day' },
  };
  return (
    <CostChart
      slots={isTotal ? runningTotals(slots) : slots}
      before={isTotal ? runningTotals(shade) : shade}
      naming={naming}
      isRunning={isTotal}
      outlook={isTotal && forecast !== undefined ? outlookOf(forecast, slots) : undefined}
      onOpen={(day) => ask({ day })}
      hrefOf={(day) => hrefWith(place, { day })}
    />
  );
}

function outlookOf({ asOf, period, listAmount }: Answer<'getForecast'>, slots: readonly Slot[]): Outlook {
  const { low, expected, high } = listAmount;
  return {
    from: (Date.parse(asOf) - monthStartMs(period)) / dayMs,
    now: sumNanos(slots.map(totalOf)),
    ...{ low: nanosOf(low), expected: nanosOf(expected), high: nanosOf(high) },
  };
}
