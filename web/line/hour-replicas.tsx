// The replicas of a line in one hour, and from which minute to which each was doing what: the ground that every figure stands on.

import type { Answer } from '../../contract/operations';
import { useQuestions } from '../address/use-place';
import { rangeOfHour } from '../chart/times';
import type { Line } from '../data/questions';
import { count, time } from '../shown/format';
import { type Column, Pages, Table } from '../shown/table';
import { phaseNames } from '../shown/words';

const columns: readonly Column[] = [
  { name: 'Replica' },
  { name: 'Minutes (UTC)' },
  { name: 'Billable', kind: 'number' },
];

export function HourReplicas({ hour, line }: { readonly hour: string; readonly line: Line }) {
  const questions = useQuestions();
  return (
    <Table columns={columns} className="plain" caption={`Replicas in the hour from ${time(hour)} UTC`}>
      <Pages ask={(cursor) => questions.replicas(rangeOfHour(hour), line, cursor)} columns={columns}>
        {(page) => page.items.map((each) => <Replica key={each.replica} of={each} />)}
      </Pages>
    </Table>
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
