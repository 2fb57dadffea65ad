// Costs over time, stacked by model. Read by the eye, by arrow keys (one slot at a time, said aloud), and as a table.
import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { formatUsd, greaterNanos, type Nanos, zeroNanos } from '../../domain/money';
import { dollars } from '../shown/format';
import { Bars } from './bars';
import { ChartTable } from './chart-table';
import { Legend } from './legend';
import { costOf, type Slot, scaleOf, seriesOf, totalOf } from './series';

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
  /** What a slot leads to. */
  readonly onOpen?: ((at: string) => void) | undefined;
  readonly hrefOf?: ((at: string) => string) | undefined;
};

export function CostChart({ slots, before, naming, onOpen, hrefOf }: Props) {
  const [at, setAt] = useState<number>();
  const hintId = useId();
  const series = seriesOf(slots);
  const chosen = at === undefined ? undefined : slots[at];
  const { top, marks } = scaleOf(greatestOf([...slots, ...before]));
  const sayAt = (index: number) => textOf(slots[index], naming, series);
  const choose = (index: number) => setAt(Math.min(Math.max(index, 0), slots.length - 1));
  return (
    <figure className="chart">
      <div className="plot">
        <ol className="marks" aria-hidden="true">
          {marks.map((mark) => (
            <li key={mark}>{dollars(mark)}</li>
          ))}
        </ol>
        {/* One thing to stop at for the keyboard, whose value is the slot: a bar of five pixels is nothing to aim at. */}
        <div
          className="bars"
          role="slider"
          tabIndex={0}
          aria-label={naming.title}
          aria-describedby={hintId}
          aria-valuemin={1}
          aria-valuemax={slots.length}
          aria-valuenow={(at ?? slots.length - 1) + 1}
          aria-valuetext={sayAt(at ?? slots.length - 1)}
          onKeyDown={(event) =>
            move(event, {
              at,
              last: slots.length - 1,
              choose,
              leave: () => setAt(undefined),
              open: () => chosen && onOpen?.(chosen.at),
            })
          }
          onPointerMove={(event) => choose(indexUnder(event, slots.length))}
          onPointerLeave={() => setAt(undefined)}
          onBlur={() => setAt(undefined)}
          onClick={() => chosen && onOpen?.(chosen.at)}
        >
          <Bars slots={slots} before={before} series={series} top={top} chosen={at} />
        </div>
        <ol className="times" aria-hidden="true">
          {slots.map((slot, index) => (
            <li key={slot.at}>{isNamed(index, slots.length) ? naming.short(slot.at) : undefined}</li>
          ))}
        </ol>
      </div>
      <p id={hintId} className="hint">
        Arrow keys go from {naming.unit} to {naming.unit}
        {onOpen === undefined ? '' : '; Enter opens one'}.
      </p>
      <Legend
        title={chosen === undefined ? naming.whole : naming.long(chosen.at)}
        series={series}
        slots={chosen === undefined ? slots : [chosen]}
        before={at === undefined ? before : before.slice(at, at + 1)}
        beforeName={naming.before}
      />
      <ChartTable slots={slots} before={before} series={series} naming={naming} hrefOf={hrefOf} />
    </figure>
  );
}

function greatestOf(slots: readonly Slot[]): Nanos {
  return slots.map(totalOf).reduce(greaterNanos, zeroNanos);
}

function textOf(slot: Slot | undefined, naming: Naming, series: ReturnType<typeof seriesOf>): string {
  if (slot === undefined) return 'nothing';
  const parts = series
    .map((each) => ({ name: each.name, cost: costOf(each, slot) }))
    .filter(({ cost }) => cost > 0n)
    .map(({ name, cost }) => `${name} ${dollars(formatUsd(cost))}`);
  return [`${naming.long(slot.at)}: ${dollars(formatUsd(totalOf(slot)))}`, ...parts].join(', ');
}

// As many names as fit on the narrowest screen, none so late that it would stand out at the right.
const isNamed = (index: number, of: number): boolean => index % (of > 24 ? 7 : 6) === 0 && of - index > 4;

function indexUnder({ currentTarget, clientX }: PointerEvent<HTMLElement>, of: number): number {
  const { left, width } = currentTarget.getBoundingClientRect();
  return Math.floor(((clientX - left) / width) * of);
}

type Ways = {
  readonly at: number | undefined;
  readonly last: number;
  readonly choose: (index: number) => void;
  readonly leave: () => void;
  readonly open: () => void;
};

const steps: Readonly<Record<string, number>> = {
  ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7 },
  ...{ Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY },
};

function move(event: KeyboardEvent, { at, last, choose, leave, open }: Ways): void {
  const step = steps[event.key];
  // The first key shows where one is.
  if (step !== undefined) choose(at === undefined && Math.abs(step) === 1 ? last : (at ?? last) + step);
  else if (event.key === 'Escape') leave();
  else if (event.key === 'Enter') open();
  else return;
  event.preventDefault();
}
