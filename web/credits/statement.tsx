// What was given, drawn, returned and what expired, newest first, each with the balance after it.

import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { day, dollars, monthTitle, nanosOf } from '../shown/format';
import { More } from '../shown/more';
import { Shown } from '../shown/states';

type Entry = Answer<'listCreditMovements'>['items'][number];

export function Statement() {
  const known = useAnswer(useQuestions().statement());
  if (known.failure?.kind === 'missing') return undefined;
  return (
    <section aria-labelledby="statement">
      <h2 id="statement">Statement</h2>
      <Shown of={known}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="nothing">Nothing has moved yet.</p>
          ) : (
            <table className="usage">
              <thead>
                <tr>
                  <th scope="col">What</th>
                  <th scope="col" className="number">
                    Amount
                  </th>
                  <th scope="col" className="number">
                    Balance
                  </th>
                </tr>
              </thead>
              <Page cursor={undefined} />
            </table>
          )
        }
      </Shown>
    </section>
  );
}

function Page({ cursor }: { readonly cursor: string | undefined }) {
  const { value } = useAnswer(useQuestions().statement(cursor));
  if (value === undefined) return <tbody aria-busy="true" />;
  return (
    <>
      <tbody>
        {value.items.map((entry) => (
          <EntryRow key={`${entry.at} ${entry.kind} ${entry.invoice} ${entry.balance}`} entry={entry} />
        ))}
      </tbody>
      <More of={value.next} columns={3}>
        {(next) => <Page cursor={next} />}
      </More>
    </>
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
