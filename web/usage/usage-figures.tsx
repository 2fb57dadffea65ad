// What the period costs, what is left of the credits, and what it will have cost at its end.
import type { Answer } from '../../contract/operations';
import { monthEndMs } from '../../domain/period';
import { Link } from '../address/link';
import { useHref, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { type Figure, Figures } from '../shown/figures';
import { about, dollars, isZero, shortDay } from '../shown/format';
import { runningMonth } from '../shown/period-picker';
import { statusNames } from '../shown/words';

type Usage = Answer<'getUsage'>;

export function UsageFigures({ usage }: { readonly usage: Usage }) {
  const questions = useQuestions();
  const isRunning = usage.period === runningMonth();
  const { value: credits } = useAnswer(isRunning ? questions.credits() : undefined);
  const { value: forecast } = useAnswer(isRunning ? questions.forecast(usage.period) : undefined);
  return (
    <>
      <Figures
        of={[
          dueOf(usage),
          listOf(usage),
          credits === undefined || !hasAny(credits) ? undefined : leftOf(credits),
          forecast === undefined ? undefined : expectedOf(forecast),
        ]}
      />
      {forecast === undefined ? undefined : (
        <details className="basis">
          <summary>How that is expected</summary>
          <p className="quiet">{forecast.basis}</p>
        </details>
      )}
    </>
  );
}

function dueOf({ invoice, bill, period }: Usage): Figure {
  if (invoice === undefined) {
    return { name: 'Amount due so far', value: dollars(bill.total), said: <ToBill period={period} /> };
  }
  const said = <ToInvoice id={invoice.id}>{`Invoice ${invoice.number}, ${statusNames[invoice.status]}`}</ToInvoice>;
  return { name: 'Invoice total', value: dollars(bill.total), said };
}

function ToBill({ period }: { readonly period: string }) {
  return (
    <Link to={useHref()('bill', { query: { period: period === runningMonth() ? undefined : period } })}>
      How it is made up
    </Link>
  );
}

function ToInvoice({ id, children }: { readonly id: string; readonly children: string }) {
  return <Link to={useHref()('invoices', { rest: [id] })}>{children}</Link>;
}

function listOf({ bill }: Usage): Figure {
  const said = isZero(bill.creditsApplied) ? 'Before discounts' : `${dollars(bill.creditsApplied)} paid by credits`;
  return { name: 'List amount', value: dollars(bill.listAmount), said };
}

/** Of credits that were used up months ago nobody has to be told every day. */
const hasAny = ({ available, pending }: Answer<'getCredits'>): boolean => !isZero(available) || !isZero(pending);

function leftOf({ available, hoursLeft }: Answer<'getCredits'>): Figure {
  const pace = hoursLeft === undefined ? 'Nothing is drawing on them' : `Enough for ${about(hoursLeft)} at this pace`;
  const said = isZero(available) ? 'Used up' : pace;
  return { name: 'Credits left', value: dollars(available), said };
}

function expectedOf({ amountDue, period }: Answer<'getForecast'>): Figure {
  const lastDay = shortDay(new Date(monthEndMs(period) - 1).toISOString());
  const said = `Between ${dollars(amountDue.low)} and ${dollars(amountDue.high)}`;
  return { name: `Expected by ${lastDay}`, value: dollars(amountDue.expected), said };
}
