// What was given, drawn, returned and what expired, newest first, each with the balance after it.

import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { day, dollars, monthTitle, nanosOf } from '../shown/format';
import { Shown } from '../shown/states';
import { type Column, Pages, Table } from '../shown/table';

type Entry = Answer<'listCreditMovements'>['items'][number];

const columns: readonly Column[] = [
  { name: 'What' },
  { name: 'Amount', kind: 'number' },
  { name: 'Balance', kind: 'number' },
];

export function Statement() {
  const ask = useQuestions().statement;
  const known = useAnswer(ask());
  if (known.failure?.kind === 'missing') return undefined;
  return (
    <section aria-labelledby="statement">
      <h2 id="statement">Statement</h2>
      <Shown of={known}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="nothing">Nothing has moved yet.</p>
          ) : (
            <Table columns={columns}>
              <Pages ask={ask} columns={columns}>
                {(page) =>
                  page.items.map((entry) => (
                    <EntryRow key={`${entry.at} ${entry.kind} ${entry.invoice} ${entry.balance}`} entry={entry} />
                  ))
                }
              </Pages>
            </Table>
          )
        }
      </Shown>
    </section>
  );
}

function EntryRow({ entry }: { readonly entry: Entry }) {
  const { at, kind, amount, balance, grants } = entry;
  return (
    <tr>
      <th scope="row">
        {kinds[kind] ?? kind}
        <For entry={entry} />
        <span className="under">
          {day(at)} · {grants.map(({ grant }) => grant).join(', ')}
        </span>
      </th>
      <td className="number">
        {nanosOf(amount) > 0n ? '+' : ''}
        {dollars(amount)}
      </td>
      <td className="number">{dollars(balance)}</td>
    </tr>
  );
}

const kinds: Readonly<Record<string, string>> = {
  given: 'Given',
  drawn: 'Paid',
  returned: 'Returned',
  expired: 'Expired',
  ended: 'Ended',
  adjusted: 'Adjusted',
};

function For({ entry }: { readonly entry: Entry }) {
  const href = useHref();
  const { invoice, number, period, creditNoteNumber } = entry;
  if (creditNoteNumber !== undefined) return ` by credit note ${creditNoteNumber}`;
  if (invoice === undefined) return undefined;
  return (
    <>
      {' '}
      for <Link to={href('invoices', { rest: [invoice] })}>invoice {number}</Link>
      {period === undefined ? undefined : `, ${monthTitle(period)}`}
    </>
  );
}
