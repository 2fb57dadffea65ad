// Costs over time, stacked by model. Read by the eye, by arrow keys (one slot at a time, said aloud), and as a table.
import { useState } from 'react';
import { formatUsd, greaterNanos, type Nanos, zeroNanos } from '../../domain/money';
import { dollars } from '../shown/format';
import { Bars } from './bars';
import { ChartTable } from './chart-table';
import { Legend } from './legend';
import type { Outlook } from './outlook';
import { Plot } from './plot';
import { costOf, type Series, type Slot, scaleOf, seriesOf, totalOf } from './series';

export type Naming = {
  readonly title: string;
  readonly whole: string;
  readonly before: string;
  /** A slot in full, and as short as it fits beneath its bar. */
  readonly long: (at: string) => string;
  readonly short: (at: string) => string;
  readonly unit: string;
};

type Props = {
  readonly slots: readonly Slot[];
  /** The slots of the time before, one for one. */
  readonly before: readonly Slot[];
  readonly naming: Naming;
  /** Each slot holds the ones before it, too: the whole is then the last one, not their sum. */
  readonly isRunning?: boolean;
  readonly outlook?: Outlook | undefined;
  /** What a slot leads to. */
  readonly onOpen?: ((at: string) => void) | undefined;
  readonly hrefOf?: ((at: string) => string) | undefined;
};

export function CostChart({ slots, before, naming, isRunning = false, outlook, onOpen, hrefOf }: Props) {
  const [at, setAt] = useState<number>();
  const series = seriesOf(slots);
  const chosen = at === undefined ? undefined : slots[at];
  const { top, marks } = scaleOf(greaterNanos(greatestOf([...slots, ...before]), outlook?.high ?? zeroNanos));
  const whole = (of: readonly Slot[]) => (isRunning ? of.filter(({ costs }) => costs.size > 0).slice(-1) : of);
  return (
    <figure className="chart">
      <Plot
        name={naming.title}
        times={slots.map((slot) => slot.at)}
        marks={marks}
        unit={naming.unit}
        short={naming.short}
        textAt={(index) => textOf(slots[index], naming, series)}
        at={at}
        onChoose={setAt}
        onOpen={onOpen}
      >
        <Bars slots={slots} before={before} series={series} top={top} chosen={at} outlook={outlook} />
      </Plot>
      <Legend
        title={chosen === undefined ? naming.whole : naming.long(chosen.at)}
        series={series}
        slots={chosen === undefined ? whole(slots) : [chosen]}
        before={at === undefined ? whole(before) : before.slice(at, at + 1)}
        beforeName={naming.before}
        outlook={chosen === undefined ? outlook : undefined}
      />
      <ChartTable slots={slots} before={before} series={series} naming={naming} hrefOf={hrefOf} />
    </figure>
  );
}

function greatestOf(slots: readonly Slot[]): Nanos {
  return slots.map(totalOf).reduce(greaterNanos, zeroNanos);
}

function textOf(slot: Slot | undefined, naming: Naming, series: readonly Series[]): string {
  if (slot === undefined) return 'nothing';
  const parts = series
    .map((each) => ({ name: each.name, cost: costOf(each, slot) }))
    .filter(({ cost }) => cost > 0n)
    .map(({ name, cost }) => `${name} ${dollars(formatUsd(cost))}`);
  return [`${naming.long(slot.at)}: ${dollars(formatUsd(totalOf(slot)))}`, ...parts].join(', ');
}
