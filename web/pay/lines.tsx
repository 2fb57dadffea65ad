// The usage lines of a bill or an invoice. Each leads on to its hours.
import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref } from '../address/use-place';
import { count, dollars, dollarsExact, monthTitle } from '../shown/format';
import { runningMonth } from '../shown/period-picker';
import { type Column, Table } from '../shown/table';

type Line = Answer<'getInvoice'>['lines'][number];

const columns: readonly Column[] = [
  { name: 'Model' },
  { name: 'Replica-minutes', kind: 'number wide' },
  { name: 'A minute', kind: 'number wide' },
  { name: 'Amount', kind: 'number' },
];

/** `of`: the month of the bill; usage of another one says so. */
export function Lines({ lines, of }: { readonly lines: readonly Line[]; readonly of: string }) {
  const usage = lines.filter((line) => line.kind === 'usage');
  return (
    <section aria-labelledby="lines">
      <h2 id="lines">Usage</h2>
      <Table columns={columns} className="usage lines">
        <tbody>
          {usage.map((line) => (
            <LineOf key={keyOf(line)} line={line} isLate={line.period !== of} />
          ))}
        </tbody>
      </Table>
    </section>
  );
}

const keyOf = ({ period, model, version, instanceType, usdPerMinute }: Line): string =>
  [period, model, version, instanceType, usdPerMinute].join(' ');

function LineOf({ line, isLate }: { readonly line: Line; readonly isLate: boolean }) {
  const { period, model, version, instanceType, replicaMinutes = 0, usdPerMinute = '0', amount, description } = line;
  const href = useHref();
  const query = { model, version, instanceType, period: period === runningMonth() ? undefined : period };
  return (
    <tr className="line">
      <th scope="row">
        {model === undefined ? description : <Link to={href('line', { query: definite(query) })}>{model}</Link>}
        <span className="under">
          {version} · {instanceType}
          {isLate ? ` · ${monthTitle(period)}, reported late` : ''}
          <span className="narrow">
            {' '}
            · {count(replicaMinutes)} × {dollarsExact(usdPerMinute)}
          </span>
        </span>
      </th>
      <td className="number wide">{count(replicaMinutes)}</td>
      <td className="number wide">{dollarsExact(usdPerMinute)}</td>
      <td className="number">{dollars(amount)}</td>
    </tr>
  );
}

function definite(query: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
