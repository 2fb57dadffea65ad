// What belongs to the period and is in none of its rows: what later invoices billed, what waits, and what was taken back.
import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref } from '../address/use-place';
import { count, dollars, isZero, monthTitle } from '../shown/format';

export function Apart({ usage }: { readonly usage: Answer<'getUsage'> }) {
  const { lateUsage = [], unbilled, voidUsage = [], writtenOff, credited, parts, period } = usage;
  const href = useHref();
  const earlier = parts.filter((part) => part.period !== period);
  const voided = voidUsage.reduce((sum, each) => sum + each.replicaMinutes, 0);
  const said = [
    ...earlier.map((part) => (
      <li key={`part ${part.period}`}>
        The bill also holds {dollars(part.listAmount)} of usage of {monthTitle(part.period)} that was reported late.
      </li>
    )),
    ...lateUsage.map((late) => (
      <li key={late.invoice}>
        {dollars(late.listAmount)} of this month’s usage was reported late and is on{' '}
        <Link to={href('invoices', { rest: [late.invoice] })}>invoice {late.number}</Link>.
      </li>
    )),
    unbilled === undefined || isZero(unbilled.listAmount) ? undefined : (
      <li key="unbilled">
        {dollars(unbilled.listAmount)} of this month’s usage came after its invoice and will be on the next one.
      </li>
    ),
    writtenOff === undefined || isZero(writtenOff) ? undefined : (
      <li key="written off">{dollars(writtenOff)} of the bill is written off: usage after your credits ran out.</li>
    ),
    credited === undefined || isZero(credited) ? undefined : (
      <li key="credited">{dollars(credited)} of the invoice has been credited since.</li>
    ),
    voided === 0 ? undefined : (
      <li key="void">{count(voided)} replica-minutes were taken back by corrections and are in no figure here.</li>
    ),
  ].filter((each) => each !== undefined);
  return said.length === 0 ? undefined : <ul className="apart">{said}</ul>;
}
