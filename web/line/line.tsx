// One line of the usage, followed from dollars to days, hours, replicas and their minutes.

import type { Answer } from '../../contract/operations';
import { type Month, monthEndMs } from '../../domain/period';
import { Link } from '../address/link';
import { useHref, usePlace, useQuestions } from '../address/use-place';
import { rangeOfHour, rangeOfMonth } from '../chart/times';
import type { Line } from '../data/questions';
import { useAnswer, useSettled } from '../data/use-answer';
import { View } from '../shell/view';
import { Complete } from '../shown/complete';
import { Figures } from '../shown/figures';
import { count, dollars, dollarsExact, monthTitle } from '../shown/format';
import { NotKept } from '../shown/not-kept';
import { runningMonth, usePeriod } from '../shown/period-picker';
import { Nothing, Shown, Trouble } from '../shown/states';
import { type Column, Table } from '../shown/table';
import { DayRows } from './day-rows';
import { daysOfLine, type LineDay, sumOf } from './line-days';

export function LineView() {
  const { query } = usePlace();
  const { model, version, instanceType } = query;
  const period = usePeriod();
  if (model === undefined || version === undefined || instanceType === undefined) {
    return <Trouble failure={{ kind: 'missing' }} />;
  }
  return <OfLine line={{ model, version, instanceType }} period={period} />;
}

function OfLine({ line, period }: { readonly line: Line; readonly period: Month }) {
  const questions = useQuestions();
  const question = questions.hours(rangeOfMonth(period), line);
  const { hour } = usePlace().query;
  // An hour that the address folds out comes with the rest.
  const isReady = useSettled([question, hour === undefined ? undefined : questions.replicas(rangeOfHour(hour), line)]);
  const known = useAnswer(question);
  const end = new Date(monthEndMs(period)).toISOString();
  return (
    <View
      title={line.model}
      isReady={isReady}
      said={known.value === undefined ? '\u00a0' : <Complete through={known.value.meteredThrough} ended={end} />}
      twins={[{ name: 'hours', of: question }]}
    >
      <Crumbs line={line} period={period} />
      <Shown of={known}>{(hours) => <Days hours={hours} line={line} />}</Shown>
    </View>
  );
}

function Crumbs({ line, period }: { readonly line: Line; readonly period: Month }) {
  const href = useHref();
  const back = href('usage', { query: { period: period === runningMonth() ? undefined : period, open: line.model } });
  return (
    <p className="crumbs">
      <Link to={back}>Usage in {monthTitle(period)}</Link>
      <span>Version {line.version}</span>
      <span>{line.instanceType}</span>
    </p>
  );
}

function Days({ hours, line }: { readonly hours: Answer<'getUsageHours'>; readonly line: Line }) {
  const days = daysOfLine(hours, line);
  const { usageKeptFrom, from } = hours;
  if (usageKeptFrom !== undefined) return <NotKept period={from.slice(0, 7)} keptFrom={usageKeptFrom} />;
  if (days.length === 0) return <Nothing>Nothing of this line ran in this month.</Nothing>;
  const { replicaMinutes, listAmount } = sumOf(days.flatMap((day) => day.hours));
  const prices = [...new Set(days.flatMap((day) => day.hours.map((hour) => hour.usdPerMinute)))];
  return (
    <>
      <Figures
        of={[
          { name: 'List amount', value: dollars(listAmount), said: `exactly ${dollarsExact(listAmount)}` },
          { name: 'Replica-minutes', value: count(replicaMinutes), said: 'each counted once a replica' },
          {
            name: 'A minute',
            value: prices.map(dollarsExact).join(', '),
            said: prices.length > 1 ? 'the price changed' : ' ',
          },
        ]}
      />
      <LineTable days={days} line={line} />
    </>
  );
}

const columns: readonly Column[] = [
  { name: 'Day' },
  { name: 'Replica-minutes', kind: 'number' },
  { name: 'Cost', kind: 'number' },
];

function LineTable({ days, line }: { readonly days: readonly LineDay[]; readonly line: Line }) {
  const { query } = usePlace();
  return (
    <section aria-labelledby="hours">
      <h2 id="hours">Days, hours and replicas</h2>
      <Table columns={columns}>
        {days.map((day) => (
          <DayRows key={day.day} day={day} line={line} isOpen={query['day'] === day.day} openHour={query['hour']} />
        ))}
      </Table>
    </section>
  );
}
