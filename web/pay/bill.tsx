// What the customer will pay for a period: what it lists, each discount by its name, what credits pay, and what is due. The
// figures are those that the invoice will have, made by the same calculation.
import type { Answer } from '../../contract/operations';
import { monthEndMs } from '../../domain/period';
import { Link } from '../address/link';
import { useHref, useQuestions } from '../address/use-place';
import { useAnswer, useSettled } from '../data/use-answer';
import { View } from '../shell/view';
import { Complete } from '../shown/complete';
import { day, dollars, monthTitle } from '../shown/format';
import { PeriodPicker, runningMonth, usePeriod } from '../shown/period-picker';
import { Nothing, Shown } from '../shown/states';
import { termsNow } from '../shown/terms';
import { methodName } from '../shown/words';
import { Lines } from './lines';
import { Totals } from './totals';

export function BillView() {
  const questions = useQuestions();
  const period = usePeriod();
  const usage = useAnswer(questions.usage(period));
  const isReady = useSettled([
    questions.usage(period),
    // An issued one is shown as the invoice that it is.
    usage.value !== undefined && usage.value.invoice === undefined ? questions.upcoming(period) : undefined,
    questions.method(),
    questions.terms(),
  ]);
  const end = new Date(monthEndMs(period)).toISOString();
  return (
    <View
      title="What you will pay"
      isReady={isReady}
      tools={<PeriodPicker />}
      said={usage.value === undefined ? '\u00a0' : <Complete through={usage.value.meteredThrough} ended={end} />}
      twins={[
        { name: 'bill', of: questions.upcoming(period) },
        { name: 'usage', of: questions.usage(period) },
        { name: 'terms', of: questions.terms() },
      ]}
    >
      <Shown of={usage}>
        {({ invoice }) =>
          invoice === undefined ? <Coming period={period} /> : <Issued invoice={invoice} period={period} />
        }
      </Shown>
    </View>
  );
}

function Issued({
  invoice,
  period,
}: {
  readonly invoice: { readonly id: string; readonly number: string };
  readonly period: string;
}) {
  const href = useHref();
  return (
    <Nothing>
      {monthTitle(period)} is on <Link to={href('invoices', { rest: [invoice.id] })}>invoice {invoice.number}</Link>.
    </Nothing>
  );
}

function Coming({ period }: { readonly period: string }) {
  const known = useAnswer(useQuestions().upcoming(period));
  return <Shown of={known}>{(upcoming) => <Upcoming upcoming={upcoming} />}</Shown>;
}

function Upcoming({ upcoming }: { readonly upcoming: Answer<'getUpcomingInvoice'> }) {
  const { lines, bill, period } = upcoming;
  if (lines.length === 0)
    return <Nothing>Nothing has run in {monthTitle(period)} so far, so there is nothing to pay.</Nothing>;
  return (
    <>
      <p className="amount">
        <span className="value">{dollars(bill.total)}</span>
        <span className="note">{period === runningMonth() ? 'due so far' : 'due, not invoiced yet'}</span>
      </p>
      <WhenPaid period={period} />
      <Lines lines={lines} of={period} />
      <Totals bill={bill} lines={lines} />
    </>
  );
}

function WhenPaid({ period }: { readonly period: string }) {
  const questions = useQuestions();
  const { value: method, failure } = useAnswer(questions.method());
  const { value: terms } = useAnswer(questions.terms());
  const current = termsNow(terms);
  const closes = day(new Date(monthEndMs(period)).toISOString());
  const how =
    current?.collection === 'invoice'
      ? `You pay it within ${current.netDays} days.`
      : method !== undefined
        ? `It is paid with ${methodName(method)}.`
        : failure?.kind === 'missing'
          ? 'No payment method is on file.'
          : '';
  return (
    <p>
      The invoice is issued after the month’s end, on {closes}, once all usage is in. {how}
    </p>
  );
}
