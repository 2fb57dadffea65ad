// Says that the page has lost touch. At the lower edge, so that nothing moves when it comes and goes.
import { useQuestions } from '../address/use-place';
import { store, useAnswer } from '../data/use-answer';

export function Connection() {
  // The gate is asked all the time, in every view.
  const { failure } = useAnswer(useQuestions().gate());
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
