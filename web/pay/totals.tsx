// From the list amount to what is due: each discount by its name, then what credits pay.
import type { Answer } from '../../contract/operations';
import { dollars, dollarsExact, dollarsOff, isZero } from '../shown/format';

type Invoice = Pick<Answer<'getInvoice'>, 'bill' | 'lines'>;

export function Totals({ bill, lines }: Invoice) {
  const taken = lines.filter((line) => line.kind !== 'usage');
  const listed = lines.filter((line) => line.kind === 'usage');
  return (
    <dl className="totals">
      <Row name="List amount" value={dollars(bill.listAmount)} exact={bill.listAmount} />
      {taken.length === 0 && listed.length > 0 ? <Row name="Discounts and credits" value="None" /> : undefined}
      {taken.map((line) => (
        <Row key={`${line.kind} ${line.description}`} name={line.description} value={dollars(line.amount)} />
      ))}
      <Row name="Total" value={dollars(bill.total)} exact={bill.amountDue} isTotal />
    </dl>
  );
}

export function Row(props: {
  readonly name: string;
  readonly value: string;
  readonly exact?: string;
  readonly isTotal?: boolean;
}) {
  const { name, value, exact, isTotal = false } = props;
  return (
    <div className={isTotal ? 'total' : undefined}>
      <dt>{name}</dt>
      <dd title={exact === undefined ? undefined : `exactly ${dollarsExact(exact)}`}>{value}</dd>
    </div>
  );
}

/** What is taken off, where there is any. */
export function Off({ name, amount }: { readonly name: string; readonly amount: string }) {
  return isZero(amount) ? undefined : <Row name={name} value={dollarsOff(amount)} />;
}
