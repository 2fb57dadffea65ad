// The e-mails about an invoice, and what became of each: also those that came back.
import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { instant } from '../shown/format';
import { emailKinds } from '../shown/words';

type Email = Answer<'listEmails'>['items'][number];
type Address = Email['addresses'][number];

export function Emails({ invoice }: { readonly invoice: string }) {
  const { value } = useAnswer(useQuestions().emails(invoice));
  const about = (value?.items ?? []).filter((email) => email.invoice === invoice);
  if (about.length === 0) return undefined;
  return (
    <section aria-labelledby="emails">
      <h2 id="emails">E-mails</h2>
      <ul className="emails">
        {about.map((email) => (
          <li key={email.key}>
            {emailKinds[email.kind]}
            <span className="under">{instant(email.writtenAt)}</span>
            {email.addresses.map((address) => (
              <Sent key={address.address} to={address} />
            ))}
          </li>
        ))}
      </ul>
    </section>
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
