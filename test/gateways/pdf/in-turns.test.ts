// Renderings in turns, and those that are kept.
import { inTurns, keeping } from '../../../gateways/pdf/in-turns';
import type { PdfRenderer } from '../../../gateways/pdf/render';
import { invoice } from './documents';

test('three are drawn at a time, the others in their order, and one that fails gives its turn away', async () => {
  const begun: number[] = [];
  const ends = new Map<number, (failed?: Error) => void>();
  const slow: PdfRenderer = {
    render: ({ number }) => {
      begun.push(Number(number));
      return new Promise((resolve, reject) =>
        ends.set(Number(number), (failed) => (failed ? reject(failed) : resolve(new Uint8Array()))),
      );
    },
  };
  const renderer = inTurns(slow, 3);
  const asked = [1, 2, 3, 4, 5].map((number) => renderer.render(invoice({ number: String(number) })));
  asked[1]?.catch(() => undefined);
  await new Promise(setImmediate);
  expect(begun).toEqual([1, 2, 3]);
  ends.get(2)?.(new Error('no font'));
  await expect(asked[1]).rejects.toThrow('no font');
  expect(begun).toEqual([1, 2, 3, 4]);
  for (const number of [1, 3, 4]) ends.get(number)?.();
  await Promise.all([asked[0], asked[2], asked[3]]);
  ends.get(5)?.();
  await asked[4];
  expect(begun).toEqual([1, 2, 3, 4, 5]);
});

/** A renderer of ten bytes a document, and what it was asked for. */
function counting() {
  const drawn: string[] = [];
  const renderer: PdfRenderer = {
    render: async ({ number }) => {
      drawn.push(number);
      return new Uint8Array(10).fill(drawn.length);
    },
  };
  return { drawn, renderer };
}

test('the same facts are drawn once while they are kept, other facts again', async () => {
  const { drawn, renderer } = counting();
  const kept = keeping(renderer, 100);
  const first = await kept.render(invoice({ number: 'a' }));
  expect(await kept.render(invoice({ number: 'a' }))).toBe(first);
  await kept.render(invoice({ number: 'a', payment: 'Paid.' }));
  expect(drawn).toEqual(['a', 'a']);
});

test('the oldest goes where there are too many bytes, and what alone has too many is not kept', async () => {
  const { drawn, renderer } = counting();
  const kept = keeping(renderer, 20);
  for (const number of ['a', 'b', 'c', 'c', 'b', 'a']) await kept.render(invoice({ number }));
  expect(drawn).toEqual(['a', 'b', 'c', 'a']);
  const none = keeping(renderer, 9);
  for (const number of ['d', 'd']) await none.render(invoice({ number }));
  expect(drawn.slice(4)).toEqual(['d', 'd']);
});
