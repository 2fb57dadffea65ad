import { turns } from '../../domain/turns';

const nextRound = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when it is told to. */
function held(begun: string[], name: string) {
  let [end, fail]: [() => void, (error: Error) => void] = [() => undefined, () => undefined];
  const work = () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => {
      [end, fail] = [() => resolve(name), reject];
    });
  };
  return { work, end: () => end(), fail: (error: Error) => fail(error) };
}

test('as many begin as may, and the others in the order in which they came', async () => {
  const begun: string[] = [];
  const inTurn = turns(2);
  const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((name) => held(begun, name));
  const answers = [one, two, three, four].map((each) => inTurn(each?.work ?? (async () => '')));
  await nextRound();
  expect(begun).toEqual(['one', 'two']);
  two?.end();
  await nextRound();
  expect(begun).toEqual(['one', 'two', 'three']);
  one?.end();
  await nextRound();
  three?.end();
  four?.end();
  expect(await Promise.all(answers)).toEqual(['one', 'two', 'three', 'four']);
});

test('work that fails gives its turn to the next', async () => {
  const begun: string[] = [];
  const inTurn = turns(1);
  const [one, two] = [held(begun, 'one'), held(begun, 'two')];
  const [failing, next] = [inTurn(one.work), inTurn(two.work)];
  one.fail(new Error('away'));
  await expect(failing).rejects.toThrow('away');
  await nextRound();
  two.end();
  expect(await next).toBe('two');
  const third = held(begun, 'three');
  const last = inTurn(third.work);
  third.end();
  expect(await last).toBe('three');
});
