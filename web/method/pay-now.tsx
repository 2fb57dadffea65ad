// The button that leads to Stripe's page, to pay an invoice.
import { hrefOf, type View } from '../address/place';
import { root } from '../address/root';
import { usePlace } from '../address/use-place';
import { startPayment } from '../data/changes';
import { useSession } from '../shell/session';
import { dollars } from '../shown/format';
import { useLeaving } from '../shown/leave';
import { LeaveButton } from './add-method';

type Props = {
  readonly invoice: { readonly id: string; readonly remaining: string };
  /** Whether the bank asks for it. */
  readonly isConfirming?: boolean;
  readonly back?: { readonly view: View; readonly rest?: readonly string[] };
};

export function PayNow({ invoice, isConfirming = false, back = { view: 'invoices', rest: [invoice.id] } }: Props) {
  const { workspace } = usePlace();
  const { readOnly } = useSession();
  const returnUrl = location.origin + root + hrefOf({ workspace, ...back, query: { back: 'pay' } });
  const leaving = useLeaving(() => startPayment(invoice.id, returnUrl));
  if (readOnly) return undefined;
  return (
    <LeaveButton kind="main" {...leaving}>
      {isConfirming ? `Confirm and pay ${dollars(invoice.remaining)}` : `Pay ${dollars(invoice.remaining)} now`}
    </LeaveButton>
  );
}
