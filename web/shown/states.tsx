// What stands where an answer will be, or where none could be had.
import type { ReactNode } from 'react';
import type { Failure } from '../data/answered';
import type { Known } from '../data/store';
import { store } from '../data/use-answer';

/** The answer as soon as it is known; until then, and if it cannot be had, a word on why not. */
export function Shown<Value>({
  of,
  missing,
  children,
}: {
  readonly of: Known<Value>;
  /** Where it is the case that there is none. */
  readonly missing?: ReactNode;
  readonly children: (value: Value) => ReactNode;
}): ReactNode {
  if (of.value !== undefined) return children(of.value);
  if (of.failure?.kind === 'missing' && missing !== undefined) return missing;
  return <Loading failure={of.failure} />;
}

export function Loading({ failure }: { readonly failure?: Failure | undefined }) {
  if (failure !== undefined && failure.kind !== 'ended') return <Trouble failure={failure} />;
  return (
    <p className="loading" role="status">
      Loading…
    </p>
  );
}

/** Why something could not be read, and what to do. */
export function Trouble({ failure }: { readonly failure: Failure }) {
  return (
    <div className="state" role="alert">
      <p>{sentenceOf(failure)}</p>
      {failure.kind === 'missing' ? undefined : (
        <button type="button" onClick={() => void store.refreshAll()}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A failure in a sentence. */
function sentenceOf(failure: Failure): string {
  switch (failure.kind) {
    case 'offline':
      return 'There is no connection at the moment. It is tried again by itself.';
    case 'ended':
      return 'Your session is over: open billing again from your platform.';
    case 'missing':
      return 'There is nothing here: the address may be mistyped.';
    case 'refused':
      return failure.problem.detail;
    case 'broken':
      return `This could not be read: something is broken on our side. It is tried again by itself.${idOf(failure)}`;
    default:
      return failure satisfies never;
  }
}

/** Why something that the customer asked for was not done, and what to do. */
export function refusalOf(failure: Failure): string {
  if (failure.kind === 'offline') return 'There is no connection at the moment. Please try again when there is one.';
  if (failure.kind === 'broken')
    return `This cannot be done at the moment. Please try again in a minute.${idOf(failure)}`;
  if (failure.kind === 'refused' && failure.problem.code === 'payments_off')
    return 'Online payment is switched off. Your invoice says how else it can be paid.';
  return sentenceOf(failure);
}

const idOf = ({ id }: { readonly id?: string }): string =>
  id === undefined ? '' : ` Our support finds it under ${id}.`;

/** Nothing to show yet, and what will be. */
export function Nothing({ children }: { readonly children: ReactNode }) {
  return <p className="nothing">{children}</p>;
}
