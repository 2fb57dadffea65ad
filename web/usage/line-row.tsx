// One price line of the usage: a version on an instance type. Its name leads on to the hours and minutes behind it.
import type { Phase } from '../../domain/usage';
import { phases } from '../../domain/usage';
import { Link } from '../address/link';
import { useHref } from '../address/use-place';
import type { Line } from '../data/questions';
import { count, dollars, dollarsExact, duration } from '../shown/format';
import { runningMonth } from '../shown/period-picker';
import { phaseNames } from '../shown/words';
import type { Version } from './rows';

type Props = {
  readonly line: Line;
  readonly usage: Version['instanceTypes'][number];
  /** Known of a version as a whole; of one of several lines it is not. */
  readonly activeMinutes: number | undefined;
  readonly period: string;
  readonly isDeep: boolean;
  /** What the row is called: the version, or the instance type where the version's own row stands above. */
  readonly named: string;
};

export function LineRow({ line, usage, activeMinutes, period, isDeep, named }: Props) {
  const href = useHref();
  const { instanceType, usdPerMinute, replicaMinutes, listAmount } = usage;
  const to = href('line', { query: { ...line, period: period === runningMonth() ? undefined : period } });
  return (
    <tr className={isDeep ? 'line deep' : 'line'}>
      <th scope="row">
        <Link to={to}>{named}</Link>
        <span className="under">
          {isDeep ? undefined : `${instanceType} · `}
          <span className="together">{dollarsExact(usdPerMinute)} a minute</span>
          <span className="narrow"> · {count(replicaMinutes)} replica-minutes</span>
        </span>
        <Phases of={usage.phases} />
      </th>
      <td className="number wide">{activeMinutes === undefined ? undefined : duration(activeMinutes)}</td>
      <td className="number wide">{count(replicaMinutes)}</td>
      <td className="number">{dollars(listAmount)}</td>
    </tr>
  );
}

/** Minutes by phase; what was idle stands apart, as it is not what one thinks of as running. */
function Phases({ of }: { readonly of: Readonly<Record<Phase, number>> }) {
  const spent = phases.filter((phase) => phase !== 'idle' && of[phase] > 0);
  return (
    <span className="phases">
      {spent.map((phase) => (
        <span key={phase}>
          {phaseNames[phase]} {count(of[phase])}
        </span>
      ))}
      {of.idle === 0 ? undefined : <span className="idle">Idle {count(of.idle)}</span>}
    </span>
  );
}
