// The outlook as it is drawn: a wedge between the least and the most, and a line to what is expected.
import type { Outlook } from './outlook';
import { heightOf } from './series';

export function OutlookPath({
  of,
  width,
  top,
}: {
  readonly of: Outlook;
  readonly width: number;
  readonly top: bigint;
}) {
  const y = (amount: bigint) => 1 - heightOf(amount, top);
  const start = `M${of.from} ${y(of.now)}`;
  return (
    <>
      <path className="wedge" d={`${start}L${width} ${y(of.low)}V${y(of.high)}Z`} />
      <path className="ahead" d={`${start}L${width} ${y(of.expected)}`} />
    </>
  );
}
