// Each grant: what it was, what is left, until when, and which invoices it paid for.
import type { Answer } from '../../contract/operations';
import { formatUsd } from '../../domain/money';
import { Link } from '../address/link';
import { useHref } from '../address/use-place';
import { day, dollars, isZero, nanosOf } from '../shown/format';
import { type Column, Table } from '../shown/table';
import { grantKinds } from '../shown/words';

type Credits = Answer<'getCredits'>;
type Grant = Credits['grants'][number];

const columns: readonly Column[] = [
  { name: 'Grant' },
  { name: 'Given', kind: 'number wide' },
  { name: 'Left', kind: 'number' },
];

export function Grants({ credits }: { readonly credits: Credits }) {
  return (
    <section aria-labelledby="grants">
      <h2 id="grants">Grants</h2>
      <Table columns={columns}>
        <tbody>
          {credits.grants.map((grant) => (
            <GrantRow key={grant.key} grant={grant} draws={credits.draws.filter((draw) => draw.grant === grant.key)} />
          ))}
        </tbody>
      </Table>
    </section>
  );
}

function GrantRow({ grant, draws }: { readonly grant: Grant; readonly draws: Credits['draws'] }) {
  const href = useHref();
  const { kind, amount, remaining, pending, status } = grant;
  // What is left adds up to the figure above: open months have drawn on it, too.
  const left = formatUsd(nanosOf(remaining) - nanosOf(pending));
  return (
    <tr>
      <th scope="row">
        {grantKinds[kind]} <span className="tag">{statusWords[status]}</span>
        <span className="under">
          {validOf(grant)}
          <span className="narrow"> · {dollars(amount)} given</span>
        </span>
        {draws.map((draw) => (
          <span className="under" key={draw.invoice}>
            {dollars(draw.amount)} paid for{' '}
            <Link to={href('invoices', { rest: [draw.invoice] })}>invoice {draw.number}</Link>
          </span>
        ))}
        {isZero(pending) ? undefined : (
          <span className="under">{dollars(pending)} is drawn by months not invoiced yet</span>
        )}
      </th>
      <td className="number wide">{dollars(amount)}</td>
      <td className="number">{dollars(left)}</td>
    </tr>
  );
}

const statusWords: Readonly<Record<Grant['status'], string>> = {
  upcoming: 'To come',
  active: 'Active',
  used: 'Used up',
  expired: 'Expired',
  ended: 'Ended',
};

function validOf({ validFrom, validUntil, status, lost }: Grant): string {
  const over = isZero(lost) ? '' : `, ${dollars(lost)} of it unused`;
  if (status === 'upcoming') return `From ${day(validFrom)}`;
  if (validUntil === null) return `Since ${day(validFrom)}, does not expire`;
  const word = status === 'expired' ? 'Expired' : status === 'ended' ? 'Ended' : 'Expires';
  return `${word} ${day(validUntil)}${over}`;
}
