// The frame of a chart: its scale, its times, and one slider over all slots. A bar of five pixels is nothing to aim at, so the
// whole is one thing to stop at for the keyboard, whose value is the slot.
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId } from 'react';
import { dollars } from '../shown/format';

type Props = {
  readonly name: string;
  /** When each slot begins. */
  readonly times: readonly string[];
  readonly marks: readonly string[];
  readonly unit: string;
  readonly short: (at: string) => string;
  /** What a slot says, for whoever listens. */
  readonly textAt: (index: number) => string;
  readonly at: number | undefined;
  readonly onChoose: (index: number | undefined) => void;
  readonly onOpen?: ((at: string) => void) | undefined;
  readonly children: ReactNode;
};

export function Plot({ name, times, marks, unit, short, textAt, at, onChoose, onOpen, children }: Props) {
  const hintId = useId();
  const last = times.length - 1;
  const shown = at ?? last;
  const choose = (index: number) => onChoose(Math.min(Math.max(index, 0), last));
  const leave = () => onChoose(undefined);
  const open = () => {
    const time = at === undefined ? undefined : times[at];
    if (time !== undefined) onOpen?.(time);
  };
  return (
    <>
      <div className="plot">
        <ol className="marks" aria-hidden="true">
          {marks.map((mark) => (
            <li key={mark}>{dollars(mark)}</li>
          ))}
        </ol>
        <div
          className="bars"
          role="slider"
          tabIndex={0}
          aria-label={name}
          aria-describedby={hintId}
          aria-valuemin={1}
          aria-valuemax={times.length}
          aria-valuenow={shown + 1}
          aria-valuetext={textAt(shown)}
          onKeyDown={(event) => move(event, { at, last, choose, leave, open })}
          onPointerMove={(event) => choose(indexUnder(event, times.length))}
          onPointerLeave={leave}
          onBlur={leave}
          onClick={open}
        >
          {children}
        </div>
        <ol className="times" aria-hidden="true">
          {times.map((time, index) => (
            <li key={time}>{isNamed(index, times.length) ? short(time) : undefined}</li>
          ))}
        </ol>
      </div>
      <p id={hintId} className="hint">
        Arrow keys go from {unit} to {unit}
        {onOpen === undefined ? '' : '; Enter opens one'}.
      </p>
    </>
  );
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
