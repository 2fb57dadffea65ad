// A day of a line; folded out its hours, and of an hour the replicas.
import { useId } from 'react';
import { useAsk } from '../address/use-place';
import type { Line } from '../data/questions';
import { FoldRow } from '../shown/fold-row';
import { count, dollars, dollarsExact, mediumDay, time } from '../shown/format';
import { HourReplicas } from './hour-replicas';
import { type LineDay, type LineHour, sumOf } from './line-days';

type Props = {
  readonly day: LineDay;
  readonly line: Line;
  readonly isOpen: boolean;
  readonly openHour: string | undefined;
};

export function DayRows({ day, line, isOpen, openHour }: Props) {
  const id = useId();
  const ask = useAsk();
  const { replicaMinutes, listAmount } = sumOf(day.hours);
  const fold = () => ask({ day: isOpen ? undefined : day.day, hour: undefined }, { replace: true });
  return (
    <>
      <tbody className="model">
        <FoldRow name={mediumDay(day.day)} opens={id} isOpen={isOpen} onFold={fold}>
          <td className="number">{count(replicaMinutes)}</td>
          <td className="number">{dollars(listAmount)}</td>
        </FoldRow>
      </tbody>
      {isOpen ? (
        <tbody className="versions" id={id}>
          {day.hours.map((hour) => (
            <HourRows
              key={`${hour.hour} ${hour.usdPerMinute}`}
              hour={hour}
              line={line}
              isOpen={openHour === hour.hour}
            />
          ))}
        </tbody>
      ) : undefined}
    </>
  );
}

function HourRows({ hour, line, isOpen }: { readonly hour: LineHour; readonly line: Line; readonly isOpen: boolean }) {
  const id = useId();
  const ask = useAsk();
  const { hour: at, replicaMinutes, usdPerMinute, listAmount } = hour;
  return (
    <>
      <FoldRow
        className="line"
        name={`${time(at)} UTC`}
        under={`${count(replicaMinutes)} × ${dollarsExact(usdPerMinute)} = ${dollarsExact(listAmount)}`}
        opens={id}
        isOpen={isOpen}
        onFold={() => ask({ hour: isOpen ? undefined : at }, { replace: true })}
      >
        <td className="number">{count(replicaMinutes)}</td>
        <td className="number">{dollars(listAmount)}</td>
      </FoldRow>
      {isOpen ? (
        <tr className="replicas" id={id}>
          <td colSpan={3}>
            <HourReplicas hour={at} line={line} />
          </td>
        </tr>
      ) : undefined}
    </>
  );
}
