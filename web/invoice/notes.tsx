// Credit notes: what was taken back of an invoice, and why.
import { root } from '../address/root';
import { notePdf, questionsOfInvoice } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { day, dollars } from '../shown/format';
import { type Column, Pages, Table } from '../shown/table';

const columns: readonly Column[] = [{ name: 'Credit note' }, { name: 'Amount', kind: 'number' }];

export function Notes({ invoice }: { readonly invoice: { readonly id: string } }) {
  const ask = questionsOfInvoice(invoice.id).notes;
  const { value } = useAnswer(ask());
  if (value === undefined || value.items.length === 0) return undefined;
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">Credit notes</h2>
      <Table columns={columns}>
        <Pages ask={ask} columns={columns}>
          {(page) =>
            page.items.map((note) => (
              <tr key={note.id}>
                <th scope="row">
                  <a href={root + notePdf(note.id)}>{note.number} (PDF)</a>
                  <span className="under">
                    {day(note.issuedAt)} · {note.reason}
                  </span>
                </th>
                <td className="number">{dollars(note.amount)}</td>
              </tr>
            ))
          }
        </Pages>
      </Table>
    </section>
  );
}
