// The bars themselves. Drawn in units of slots and of the whole height, stretched to whatever room there is: nothing is
// measured, so nothing moves.
import type { Outlook } from './outlook';
import { OutlookPath } from './outlook-path';
import { costOf, heightOf, type Series, type Slot, totalOf } from './series';

type Props = {
  readonly slots: readonly Slot[];
  readonly before: readonly Slot[];
  readonly series: readonly Series[];
  readonly top: bigint;
  readonly chosen: number | undefined;
  readonly outlook?: Outlook | undefined;
};

const gap = 0.12;
// Of the whole height: between such thin ones no line is drawn, as nothing else would be seen.
const thin = 0.015;

export function Bars({ slots, before, series, top, chosen, outlook }: Props) {
  return (
    <svg viewBox={`0 0 ${slots.length} 1`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {[0.25, 0.5, 0.75].map((at) => (
        <line key={at} className="rule" x1={0} x2={slots.length} y1={at} y2={at} />
      ))}
      {before.length === 0 ? undefined : <path className="before" d={stepsOf(before, slots.length, top)} />}
      {chosen === undefined ? undefined : <rect className="chosen" x={chosen} y={0} width={1} height={1} />}
      {slots.map((slot, index) => (
        <Stack key={slot.at} slot={slot} index={index} series={series} top={top} />
      ))}
      {outlook === undefined ? undefined : <OutlookPath of={outlook} width={slots.length} top={top} />}
    </svg>
  );
}

function Stack({
  slot,
  index,
  series,
  top,
}: { readonly slot: Slot; readonly index: number } & Pick<Props, 'series' | 'top'>) {
  let foot = 0n;
  return series.map((each) => {
    const cost = costOf(each, slot);
    if (cost === 0n) return undefined;
    const y = 1 - heightOf(foot + cost, top);
    const height = heightOf(cost, top);
    foot += cost;
    return (
      <rect
        key={each.name}
        className={height < thin ? `tone-${each.tone} thin` : `tone-${each.tone}`}
        x={index + gap}
        y={y}
        width={1 - 2 * gap}
        height={height}
      />
    );
  });
}

function stepsOf(before: readonly Slot[], width: number, top: bigint): string {
  const steps = before.slice(0, width).map((slot, index) => `V${1 - heightOf(totalOf(slot), top)}H${index + 1}`);
  return `M0 1${steps.join('')}V1Z`;
}
