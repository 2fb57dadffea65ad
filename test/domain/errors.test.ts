import { errorRegistry, MinutebookError } from '../../domain/errors';

describe('the error registry', () => {
  test('says that a retry can help only where the same call may succeed later', () => {
    for (const { status, retryable } of Object.values(errorRegistry)) {
      expect(retryable).toBe(status >= 500 || status === 408);
    }
  });

  test('an error keeps its code, detail, faults and cause', () => {
    const cause = new Error('deeper');
    const faults = [{ index: 0, field: 'from', message: 'expected an instant' }];
    const error = new MinutebookError({ code: 'invalid_usage', detail: 'expected usage', faults, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'MinutebookError',
      code: 'invalid_usage',
      detail: 'expected usage',
      faults,
      cause,
    });
    expect(new MinutebookError({ code: 'internal', detail: 'x' }).faults).toBeUndefined();
  });
});
