// Says that the page has lost touch. At the lower edge, so that nothing moves when it comes and goes.
import type { Question } from '../data/questions';
import { store, useAnswer } from '../data/use-answer';

/** `of`: what is asked all the time, in every view. */
export function Connection({ of }: { readonly of: Question<unknown> }) {
  const { failure } = useAnswer(of);
  const text =
    failure?.kind === 'offline'
      ? 'No connection. What you see was right when it was last read; it goes on by itself.'
      : failure?.kind === 'broken'
        ? 'Billing cannot be reached at the moment. What you see was right when it was last read; it goes on by itself.'
        : undefined;
  return (
    <div role="status" className="connection">
      {text === undefined ? undefined : (
        <p>
          {text}{' '}
          <button type="button" className="quiet" onClick={() => void store.refreshAll()}>
            Try now
          </button>
        </p>
      )}
    </div>
  );
}
