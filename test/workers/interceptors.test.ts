import { ApplicationFailure } from '@temporalio/common';
import { errorRegistry, MinutebookError } from '../../domain/errors';
import { asFailure } from '../../workers/interceptors';

test('an error of ours reaches Temporal under its code, retried only where the registry says that it can help', () => {
  for (const [code, { retryable }] of Object.entries(errorRegistry)) {
    const error = new MinutebookError({ code: code as keyof typeof errorRegistry, detail: 'what is wrong' });
    expect(asFailure(error)).toMatchObject({
      type: code,
      nonRetryable: !retryable,
      message: 'what is wrong',
      cause: error,
    });
    expect(asFailure(error)).toBeInstanceOf(ApplicationFailure);
  }
});

test('what only somebody can mend is asked again minutes later, the rest when the workflow says', () => {
  const delayOf = (code: keyof typeof errorRegistry) =>
    asFailure(new MinutebookError({ code, detail: 'what is wrong' })) as ApplicationFailure;
  expect(delayOf('payments_misconfigured').nextRetryDelay).toBe(300_000);
  expect(delayOf('unavailable').nextRetryDelay ?? undefined).toBeUndefined();
});

test('any other error stays what it is, and so is retried', () => {
  const error = new Error('the connection ended');
  expect(asFailure(error)).toBe(error);
});
