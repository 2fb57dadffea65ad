// Until when a card is good.
import type { Answer } from '../../contract/operations';
import { expiryLabel, isExpired } from '../../domain/payment-method';

export function Expiry({ of }: { readonly of: Answer<'getPaymentMethod'> }) {
  const expiring = { expMonth: of.expMonth ?? null, expYear: of.expYear ?? null };
  const label = expiryLabel(expiring);
  if (label === undefined) return undefined;
  return isExpired(expiring, Date.now()) ? (
    <span className="fault">expired {label}</span>
  ) : (
    <span>expires {label}</span>
  );
}
