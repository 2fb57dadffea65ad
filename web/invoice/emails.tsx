// The e-mails about an invoice, and what became of each: also those that came back.
import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { instant } from '../shown/format';
import { type Column, Pages, Table } from '../shown/table';
import { emailKinds } from '../shown/words';

type Email = Answer<'listEmails'>['items'][number];
type Address = Email['addresses'][number];

const columns: readonly Column[] = [{ name: 'E-mail' }, { name: 'What became of it', kind: 'wide' }];

export function Emails({ invoice }: { readonly invoice: string }) {
  const questions = useQuestions();
  const ask = (cursor?: string) => questions.emails(invoice, cursor);
  const { value } = useAnswer(ask());
  if (value === undefined || value.items.length === 0) return undefined;
  return (
    <section aria-labelledby="emails">
      <h2 id="emails">E-mails</h2>
      <Table columns={columns}>
        <Pages ask={ask} columns={columns}>
          {(page) => page.items.map((email) => <Row key={email.key} email={email} />)}
        </Pages>
      </Table>
    </section>
  );
}

function Row({ email }: { readonly email: Email }) {
  const sent = email.addresses.map((address) => <Sent key={address.address} to={address} />);
  return (
    <tr>
      <th scope="row">
        {emailKinds[email.kind]}
        <span className="under">{instant(email.writtenAt)}</span>
        <span className="narrow">{sent}</span>
      </th>
      <td className="wide addresses">{sent}</td>
    </tr>
  );
}

function Sent({ to }: { readonly to: Address }) {
  const href = useHref();
  const isLost = to.state === 'refused' || to.state === 'bounced' || to.state === 'gave_up';
  return (
    <span className={isLost ? 'under fault' : 'under'}>
      {to.address}: {states[to.state]}
      {isLost ? (
        <>
          . <Link to={href('payment')}>Correct the address</Link>
        </>
      ) : undefined}
    </span>
  );
}

const states: Readonly<Record<Address['state'], string>> = {
  queued: 'on its way',
  sent: 'delivered to the mail server',
  refused: 'there is no such mailbox',
  bounced: 'it came back',
  gave_up: 'could not be delivered for five days',
};
