// Which month is shown: in the address, so that it can be shared. A month ahead or behind, or any by choice.
import { monthOf, nextMonth, parseMonth, previousMonth } from '../../domain/period';
import { Link } from '../address/link';
import { hrefWith, useAsk, usePlace, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { monthTitle } from './format';

/** The month that the address asks for; the running one where it asks for none. */
export function usePeriod(): string {
  const { period } = usePlace().query;
  return parseMonth(period ?? '') ?? runningMonth();
}

export const runningMonth = (): string => monthOf(Date.now());

export function PeriodPicker() {
  const place = usePlace();
  const ask = useAsk();
  const period = usePeriod();
  const { value } = useAnswer(useQuestions().periods());
  const running = runningMonth();
  const months = monthsOf(value?.items.map((item) => item.period) ?? [], { period, running });
  const first = months[months.length - 1] ?? period;
  const hrefOf = (month: string) => hrefWith(place, { period: month === running ? undefined : month });
  return (
    <div className="period">
      <Step to={period > first ? hrefOf(previousMonth(period)) : undefined} name="The month before">
        ‹
      </Step>
      <Step to={period < running ? hrefOf(nextMonth(period)) : undefined} name="The month after">
        ›
      </Step>
      <select
        aria-label="Month"
        value={period}
        onChange={({ target }) => ask({ period: target.value === running ? undefined : target.value })}
      >
        {months.map((month) => (
          <option key={month} value={month}>
            {monthTitle(month)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Step({
  to,
  name,
  children,
}: {
  readonly to: string | undefined;
  readonly name: string;
  readonly children: string;
}) {
  if (to === undefined)
    return (
      <span className="step" aria-hidden="true">
        {children}
      </span>
    );
  return (
    <Link className="step" to={to} aria-label={name}>
      {children}
    </Link>
  );
}

/** Newest first; the one that is shown and the running one are always among them, and none that has not begun. */
function monthsOf(
  known: readonly string[],
  { period, running }: { readonly period: string; readonly running: string },
): string[] {
  return [...new Set([...known, period, running])]
    .filter((month) => month <= running || month === period)
    .sort()
    .reverse();
}
