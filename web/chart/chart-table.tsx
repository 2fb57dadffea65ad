// The chart's figures as a table, drawn when it is opened.
import { useState } from 'react';
import { formatUsd } from '../../domain/money';
import { Link } from '../address/link';
import { dollars } from '../shown/format';
import type { Naming } from './cost-chart';
import { costOf, type Series, type Slot, totalOf } from './series';

type Props = {
  readonly slots: readonly Slot[];
  readonly before: readonly Slot[];
  readonly series: readonly Series[];
  readonly naming: Naming;
  readonly hrefOf?: ((at: string) => string) | undefined;
};

export function ChartTable(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen ? <Table {...props} /> : undefined}
    </details>
  );
}

function Table({ slots, before, series, naming, hrefOf }: Props) {
  return (
    // Wider than a narrow screen: scrolled by itself, by the keyboard as well.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable
    <section className="scrolls" tabIndex={0} aria-label={`${naming.title}, as a table`}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{naming.unit === 'day' ? 'Day' : 'Hour (UTC)'}</th>
            <th scope="col" className="number">
              All
            </th>
            {series.map((each) => (
              <th scope="col" className="number" key={each.name}>
                {each.name}
              </th>
            ))}
            {before.length === 0 ? undefined : (
              <th scope="col" className="number">
                {naming.before}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {slots.map((slot, index) => (
            <tr key={slot.at}>
              <th scope="row">
                {hrefOf === undefined ? naming.long(slot.at) : <Link to={hrefOf(slot.at)}>{naming.long(slot.at)}</Link>}
              </th>
              <td className="number">{dollars(formatUsd(totalOf(slot)))}</td>
              {series.map((each) => (
                <td className="number" key={each.name}>
                  {dollars(formatUsd(costOf(each, slot)))}
                </td>
              ))}
              {before.length === 0 ? undefined : <td className="number">{beforeAt(before[index])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const beforeAt = (slot: Slot | undefined): string => (slot === undefined ? '' : dollars(formatUsd(totalOf(slot))));
