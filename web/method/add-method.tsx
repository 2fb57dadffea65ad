// The button that leads to Stripe's page, to add or replace what is paid with.
import { hrefOf, type View } from '../address/place';
import { root } from '../address/root';
import { usePlace } from '../address/use-place';
import { startSetup } from '../data/changes';
import { useSession } from '../shell/session';
import { useLeaving } from '../shown/leave';

type Props = {
  readonly children?: string;
  /** Where Stripe leads back to. */
  readonly back?: { readonly view: View; readonly rest?: readonly string[] };
  readonly kind?: 'main' | 'plain';
};

export function AddMethod({ children = 'Add a payment method', back = { view: 'payment' }, kind = 'main' }: Props) {
  const { workspace } = usePlace();
  const { readOnly } = useSession();
  const returnUrl = location.origin + root + hrefOf({ workspace, ...back, query: { back: 'method' } });
  const { isLeaving, said, leave } = useLeaving(() => startSetup(workspace, returnUrl));
  if (readOnly) return <p className="quiet">Somebody who may change billing can do that here.</p>;
  return (
    <LeaveButton kind={kind} isLeaving={isLeaving} said={said} leave={leave}>
      {children}
    </LeaveButton>
  );
}

export function LeaveButton({
  children,
  kind,
  isLeaving,
  said,
  leave,
}: {
  readonly children: string;
  readonly kind: 'main' | 'plain';
  readonly isLeaving: boolean;
  readonly said?: string | undefined;
  readonly leave: () => void;
}) {
  return (
    <div className="act">
      <button type="button" className={kind} onClick={leave} aria-disabled={isLeaving}>
        {isLeaving ? 'Going to Stripe…' : children}
      </button>
      <p role="alert" className="fault">
        {said}
      </p>
    </div>
  );
}
