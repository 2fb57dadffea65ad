// What has run in a period, and what it costs.
import type { Answer } from '../../contract/operations';
import { monthEndMs, previousMonth } from '../../domain/period';
import { usePlace, useQuestions } from '../address/use-place';
import { isDay } from '../chart/times';
import { useAnswer, useSettled } from '../data/use-answer';
import { View } from '../shell/view';
import { Complete } from '../shown/complete';
import { monthTitle } from '../shown/format';
import { NotKept } from '../shown/not-kept';
import { PeriodPicker, runningMonth, usePeriod } from '../shown/period-picker';
import { Nothing, Shown } from '../shown/states';
import { Apart } from './apart';
import { UsageChart } from './usage-chart';
import { UsageFigures } from './usage-figures';
import { UsageTable } from './usage-table';

export function UsageView() {
  const questions = useQuestions();
  const period = usePeriod();
  const { day } = usePlace().query;
  const question = questions.usage(period);
  const known = useAnswer(question);
  const { value } = known;
  const isRunning = period === runningMonth();
  const isReady = useSettled([
    question,
    questions.days(period),
    questions.days(previousMonth(period)),
    questions.terms(),
    ...(isRunning ? [questions.credits(), questions.forecast(period)] : []),
  ]);
  return (
    <View
      title="Usage"
      isReady={isReady}
      tools={<PeriodPicker />}
      said={value === undefined ? '\u00a0' : <Complete through={value.meteredThrough} ended={endOf(period)} />}
      twins={[
        { name: 'usage', of: question },
        { name: 'by day', of: questions.days(period) },
        ...(isDay(day) ? [{ name: 'by hour', of: questions.day(day) }] : []),
        { name: 'forecast', of: questions.forecast(period) },
      ]}
    >
      <Shown of={known}>{(usage) => <Usage usage={usage} />}</Shown>
    </View>
  );
}

const endOf = (period: string): string => new Date(monthEndMs(period)).toISOString();

function Usage({ usage }: { readonly usage: Answer<'getUsage'> }) {
  const { period, models, usageKeptFrom } = usage;
  return (
    <>
      <UsageFigures usage={usage} />
      {usageKeptFrom !== undefined ? (
        <NotKept period={period} keptFrom={usageKeptFrom} />
      ) : models.length === 0 ? (
        <Nothing>
          Nothing has run in {monthTitle(period)} so far. Models appear here within a minute or two of being deployed.
        </Nothing>
      ) : (
        <>
          <UsageChart period={period} />
          <UsageTable usage={usage} />
        </>
      )}
      <Apart usage={usage} />
    </>
  );
}
