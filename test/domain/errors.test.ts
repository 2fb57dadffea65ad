import { errorRegistry, MinutebookError } from '../../domain/errors';
import { refusals } from '../../domain/guard/gate';

describe('the error registry', () => {
  test('says that a retry can help only where the same call may succeed later', () => {
    for (const [code, { status, retryable }] of Object.entries(errorRegistry)) {
      const isOfTheMoment = [408, 429].includes(status) || code === 'call_in_flight';
      // Billing has to go on by itself once a price was put right.
      const isWaitedFor = code === 'sum_too_large';
      expect([code, retryable]).toEqual([code, status >= 500 || isOfTheMoment || isWaitedFor]);
    }
  });

  test('what a gate refuses is a problem under its own name, and money is never a matter of how many calls', () => {
    const statuses = refusals.map((refusal) => [refusal, errorRegistry[refusal].status]);
    expect(statuses).toEqual([
      ['credits_exhausted', 402],
      ['payment_method_missing', 402],
      ['past_due', 402],
      ['suspended', 403],
    ]);
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
