// How the credits went down, and where they go at the present pace. The same figures stand in the statement, as a table.
import type { Answer } from '../../contract/operations';
import { hourMs } from '../../domain/period';
import { useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { day, dollars, instant, nanosOf } from '../shown/format';
import { type Balance, curveOf } from './curve';

export function BurnDown({ credits }: { readonly credits: Answer<'getCredits'> }) {
  const { value: statement } = useAnswer(useQuestions().statement());
  if (statement === undefined || statement.items.length === 0) return undefined;
  const nowMs = Date.now();
  const past = statement.items
    .map(({ at, balance }): Balance => ({ ms: Date.parse(at), nanos: nanosOf(balance) }))
    .reverse();
  const zeroMs = credits.hoursLeft === undefined ? undefined : nowMs + credits.hoursLeft * hourMs;
  const curve = curveOf({ past, now: { ms: nowMs, nanos: nanosOf(credits.available) }, zeroMs });
  if (curve === undefined) return undefined;
  const { from, to, line, ahead, nowAt } = curve;
  return (
    <figure className="burn-down">
      <div className="plot">
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label={said(credits, zeroMs)}>
          <path className="area" d={`${line}V1H0Z`} />
          <path className="line" d={line} />
          {ahead === undefined ? undefined : <path className="ahead" d={ahead} />}
          <line className="now" x1={nowAt} x2={nowAt} y1={0} y2={1} />
        </svg>
      </div>
      <p className="ends" aria-hidden="true">
        <span>{day(new Date(from).toISOString())}</span>
        <span>{day(new Date(to).toISOString())}</span>
      </p>
      <figcaption className="quiet">
        What was left after each entry of the statement
        {ahead === undefined ? '' : '; dashed, what will be at this pace'}.
      </figcaption>
    </figure>
  );
}

function said({ available }: Answer<'getCredits'>, zeroMs: number | undefined): string {
  const left = `${dollars(available)} of credits is left`;
  if (zeroMs === undefined) return `${left}; nothing draws on it at the moment.`;
  return `${left}; at the present pace it is used up by ${instant(new Date(zeroMs).toISOString())}.`;
}
