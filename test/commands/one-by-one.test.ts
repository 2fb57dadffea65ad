import { assertNoneFailed, oneByOne } from '../../commands/one-by-one';

test('whoever fails keeps none of the others from it, and is told of in the end', async () => {
  const done: number[] = [];
  const failures = await oneByOne([1, 2, 3, 4], async (each) => {
    if (each % 2 === 0) throw new Error(`no ${each}`);
    done.push(each);
  });
  expect(done).toEqual([1, 3]);
  expect(() => assertNoneFailed(failures, { of: '4 things', what: 'could not be done' })).toThrow(
    'of 4 things, 2 could not be done, the first: no 2',
  );
  expect(() => assertNoneFailed([], { of: '4 things', what: 'could not be done' })).not.toThrow();
});
