// Where an invoice stands: in a word, and for the eye in a colour.
import type { Answer } from '../../contract/operations';
import { isZero } from '../shown/format';
import { statusNames } from '../shown/words';

type Of = Pick<Answer<'getInvoice'>, 'status' | 'bill' | 'paid' | 'disputed'>;

export function Status({ of }: { readonly of: Of }) {
  const { status } = of;
  const tone = status === 'past_due' ? 'bad' : status === 'issued' ? 'open' : 'calm';
  return <span className={`tag ${tone}`}>{wordOf(of)}</span>;
}

function wordOf({ status, bill, paid, disputed }: Of): string {
  if (disputed) return 'Disputed';
  // "Paid" would make one wonder by what.
  if (status === 'paid' && isZero(bill.total) && isZero(paid)) return 'Nothing to pay';
  return statusNames[status];
}
