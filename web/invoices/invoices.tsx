// The invoices so far, newest first.
import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { root } from '../address/root';
import { useHref, useQuestions } from '../address/use-place';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer, useSettled } from '../data/use-answer';
import { View } from '../shell/view';
import { day, dollars, isZero, monthTitle } from '../shown/format';
import { Nothing, Shown } from '../shown/states';
import { type Column, Pages, Table } from '../shown/table';
import { Status } from './status';

type Invoice = Answer<'getInvoice'>;

const columns: readonly Column[] = [
  { name: 'Invoice' },
  { name: 'Status' },
  { name: 'Download', kind: 'wide' },
  { name: 'Total', kind: 'number' },
];

export function InvoicesView() {
  const questions = useQuestions();
  const question = questions.invoices();
  const known = useAnswer(question);
  return (
    <View title="Invoices" isReady={useSettled([question])} twins={[{ name: 'invoices', of: question }]}>
      <Shown of={known}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>There is no invoice yet. The first one is issued when the running month is over.</Nothing>
          ) : (
            <Table columns={columns} className="usage invoices">
              <Pages ask={questions.invoices} columns={columns}>
                {(page) => page.items.map((invoice) => <Row key={invoice.id} invoice={invoice} />)}
              </Pages>
            </Table>
          )
        }
      </Shown>
      <p className="quiet">Totals are net of discounts and credits.</p>
    </View>
  );
}

function Row({ invoice }: { readonly invoice: Invoice }) {
  const { id, number, period, issuedAt, bill } = invoice;
  const href = useHref();
  return (
    <tr>
      <th scope="row">
        <Link to={href('invoices', { rest: [id] })}>{monthTitle(period)}</Link>
        <span className="under">
          {number} · issued {day(issuedAt)}
        </span>
        <span className="narrow">
          <Downloads id={id} number={number} />
        </span>
      </th>
      <td>
        <Status of={invoice} />
      </td>
      <td className="wide">
        <Downloads id={id} number={number} />
      </td>
      <td className="number">
        {dollars(bill.total)}
        {isZero(bill.creditsApplied) ? undefined : (
          <span className="under">{dollars(bill.creditsApplied)} by credits</span>
        )}
      </td>
    </tr>
  );
}

export function Downloads({ id, number }: { readonly id: string; readonly number: string }) {
  const { pdf, csv } = questionsOfInvoice(id);
  return (
    <span className="downloads">
      <a href={root + pdf} aria-label={`Invoice ${number} as PDF`}>
        PDF
      </a>
      <a href={root + csv} aria-label={`Lines of invoice ${number} as CSV`}>
        CSV
      </a>
    </span>
  );
}
