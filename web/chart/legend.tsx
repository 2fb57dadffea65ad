// What the colours are, and what each cost: in the whole time, or in the slot that one points at. Its rows stay where they are.
import { formatUsd, sumNanos } from '../../domain/money';
import { dollars } from '../shown/format';
import type { Outlook } from './outlook';
import { costOf, type Series, type Slot, totalOf } from './series';

type Props = {
  readonly title: string;
  readonly series: readonly Series[];
  readonly slots: readonly Slot[];
  readonly before: readonly Slot[];
  readonly beforeName: string;
  readonly outlook?: Outlook | undefined;
};

export function Legend({ title, series, slots, before, beforeName, outlook }: Props) {
  const sumOf = (each: Series) => formatUsd(sumNanos(slots.map((slot) => costOf(each, slot))));
  return (
    <figcaption className="legend">
      <p>
        <span>{title}</span>
        <strong className="number">{dollars(formatUsd(sumNanos(slots.map(totalOf))))}</strong>
      </p>
      <ul>
        {series.map((each) => (
          <li key={each.name}>
            <span className={`swatch tone-${each.tone}`} aria-hidden="true" />
            <span className="name">{each.name}</span>
            <span className="number">{dollars(sumOf(each))}</span>
          </li>
        ))}
        {before.length === 0 ? undefined : (
          <li className="was">
            <span className="swatch before" aria-hidden="true" />
            <span className="name">{beforeName}</span>
            <span className="number">{dollars(formatUsd(sumNanos(before.map(totalOf))))}</span>
          </li>
        )}
        {outlook === undefined ? undefined : <Expected of={outlook} />}
      </ul>
    </figcaption>
  );
}

function Expected({ of: { low, expected, high } }: { readonly of: Outlook }) {
  return (
    <li className="outlook" title={`between ${dollars(formatUsd(low))} and ${dollars(formatUsd(high))}`}>
      <span className="swatch" aria-hidden="true" />
      <span className="name">Expected list amount</span>
      <span className="number">{dollars(formatUsd(expected))}</span>
    </li>
  );
}
