// Credit notes: what was taken back of an invoice, and why.
import { root } from '../address/root';
import { notePdf, questionsOfInvoice } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { day, dollars } from '../shown/format';

export function Notes({ invoice }: { readonly invoice: { readonly id: string } }) {
  const { value } = useAnswer(questionsOfInvoice(invoice.id).notes());
  if (value === undefined || value.items.length === 0) return undefined;
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">Credit notes</h2>
      <table className="usage">
        <thead>
          <tr>
            <th scope="col">Credit note</th>
            <th scope="col" className="number">
              Amount
            </th>
          </tr>
        </thead>
        <tbody>
          {value.items.map((note) => (
            <tr key={note.id}>
              <th scope="row">
                <a href={root + notePdf(note.id)}>{note.number} (PDF)</a>
                <span className="under">
                  {day(note.issuedAt)} · {note.reason}
                </span>
              </th>
              <td className="number">{dollars(note.amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
