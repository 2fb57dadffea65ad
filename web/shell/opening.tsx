// What stands here before it is known whose page it is.
import type { Failure } from '../data/answered';
import { Loading } from '../shown/states';

export function Opening({ failure }: { readonly failure: Failure | undefined }) {
  return (
    <main>
      {failure === undefined ? undefined : <h1 tabIndex={-1}>Billing</h1>}
      <Loading failure={failure} />
    </main>
  );
}
