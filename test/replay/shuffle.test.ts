import fc from 'fast-check';
import { seededRandom, shuffled, shuffledWithin } from '../../replay/sending/shuffle';

const items = fc.array(fc.integer());
const sorted = (numbers: readonly number[]) => [...numbers].sort((one, other) => one - other);

test('a shuffled list holds the same items', () => {
  fc.assert(
    fc.property(items, fc.nat(), fc.integer({ min: 1, max: 20 }), (list, seed, window) => {
      expect(sorted(shuffled(list, seededRandom(seed)))).toEqual(sorted(list));
      expect(sorted([...shuffledWithin(list, window, seededRandom(seed))])).toEqual(sorted(list));
    }),
  );
});

test('the same seed gives the same order, another seed another', () => {
  const list = Array.from({ length: 100 }, (_, at) => at);
  expect(shuffled(list, seededRandom(7))).toEqual(shuffled(list, seededRandom(7)));
  expect(shuffled(list, seededRandom(7))).not.toEqual(shuffled(list, seededRandom(8)));
  expect([...shuffledWithin(list, 10, seededRandom(7))]).not.toEqual(list);
});

test('a window holds items back only so long: no more than the window are held', () => {
  const list = Array.from({ length: 1000 }, (_, at) => at);
  [...shuffledWithin(list, 10, seededRandom(1))].forEach((item, at) => {
    expect(item).toBeLessThanOrEqual(at + 10);
  });
});
