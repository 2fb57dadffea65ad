// The replicas of a line in one hour, and from which minute to which each was doing what: the ground that every figure stands on.

import type { Answer } from '../../contract/operations';
import { useQuestions } from '../address/use-place';
import { rangeOfHour } from '../chart/times';
import type { Line } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { count, time } from '../shown/format';
import { More } from '../shown/more';
import { Shown } from '../shown/states';
import { phaseNames } from '../shown/words';

export function HourReplicas({ hour, line }: { readonly hour: string; readonly line: Line }) {
  return (
    <table className="plain">
      <caption className="sr-only">Replicas in the hour from {time(hour)} UTC</caption>
      <thead>
        <tr>
          <th scope="col">Replica</th>
          <th scope="col">Minutes (UTC)</th>
          <th scope="col" className="number">
            Billable
          </th>
        </tr>
      </thead>
      <Page hour={hour} line={line} cursor={undefined} />
    </table>
  );
}

function Page({
  hour,
  line,
  cursor,
}: {
  readonly hour: string;
  readonly line: Line;
  readonly cursor: string | undefined;
}) {
  const known = useAnswer(useQuestions().replicas(rangeOfHour(hour), line, cursor));
  if (known.value === undefined) {
    return (
      <tbody>
        <tr>
          <td colSpan={3}>
            <Shown of={known}>{() => undefined}</Shown>
          </td>
        </tr>
      </tbody>
    );
  }
  const { items, next } = known.value;
  return (
    <>
      <tbody>
        {items.map((each) => (
          <Replica key={each.replica} of={each} />
        ))}
      </tbody>
      <More of={next} columns={3}>
        {(following) => <Page hour={hour} line={line} cursor={following} />}
      </More>
    </>
  );
}

function Replica({ of }: { readonly of: Answer<'getUsageReplicas'>['items'][number] }) {
  return (
    <tr>
      <th scope="row">{of.replica}</th>
      <td>
        <ul className="ranges">
          {of.ranges.map(({ phase, from, to }) => (
            <li key={`${phase} ${from}`}>
              <span className="together">
                {time(from)} – {time(to)}
              </span>{' '}
              {phaseNames[phase as keyof typeof phaseNames] ?? phase}
            </li>
          ))}
        </ul>
      </td>
      <td className="number">{count(of.billableMinutes)}</td>
    </tr>
  );
}
