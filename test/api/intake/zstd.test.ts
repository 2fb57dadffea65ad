// Our own reading of zstd, against bodies that the reference program has written, whole and damaged.
import zlib from 'node:zlib';
import fc from 'fast-check';
import { BrokenZstd } from '../../../api/intake/zstd/broken';
import { unfoldZstd } from '../../../api/intake/zstd/unfold';
import { compressed } from './zstd-bodies';

// The same bytes on every machine, without storing them.
function someBytes(count: number, seed: number): Buffer {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 16;
  };
  return Buffer.from(Array.from({ length: count }, () => next() % (1 + (next() % 40))));
}

function lines(count: number): Buffer {
  const texts = Array.from(
    { length: count },
    (_, n) => `{"workspace":"w${n % 7}","model":"m${n % 13}","replica":"r${(n * n) % 1000}","from":${n * 60}}\n`,
  );
  return Buffer.from(texts.join(''));
}

const times = (count: number, bytes: Buffer) => Buffer.alloc(count * bytes.length, bytes);

const bodies: { readonly [name: string]: () => Buffer } = {
  nothing: () => Buffer.alloc(0),
  'a short text': () => Buffer.from('abcabcabcabcabc'),
  'many of one byte': () => Buffer.alloc(1_000_000, '\n'),
  'bytes in no order': () => someBytes(3000, 7),
  'bytes in no order, in one stream': () => someBytes(200, 9),
  lines: () => lines(400),
  'lines, as small as may be': () => lines(400),
  'lines over several blocks': () => times(400, Buffer.concat([someBytes(900, 3), lines(30)])),
  'more than a window': () => times(1500, Buffer.concat([someBytes(700, 5), lines(50)])),
};

const names = Object.keys(bodies);
const folded = (name: string) => Buffer.from(compressed[name] ?? '', 'base64');

async function unfold(body: Buffer, pieceBytes = 64 * 1024): Promise<Buffer> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let from = 0; from < body.length; from += pieceBytes) yield body.subarray(from, from + pieceBytes);
  }
  const unfolded: Buffer[] = [];
  for await (const piece of unfoldZstd(pieces())) unfolded.push(piece);
  return Buffer.concat(unfolded);
}

const failure = (body: Buffer) =>
  unfold(body).then(
    () => undefined,
    (error: unknown) => error,
  );

test.each(names)('%s: unfolded it is as it was, wherever it is cut', async (name) => {
  const wanted = bodies[name]?.() ?? Buffer.alloc(0);
  for (const pieceBytes of [1, 1000, 1024 ** 2])
    expect((await unfold(folded(name), pieceBytes)).equals(wanted)).toBe(true);
});

test.each(names)('%s: cut off anywhere it ends too early', async (name) => {
  const whole = folded(name);
  for (let length = 0; length < whole.length; length += 1 + (length >> 4)) {
    expect([length, await failure(whole.subarray(0, length))]).toEqual([
      length,
      expect.objectContaining({ code: 'ZSTD_BUF_ERROR' }),
    ]);
  }
});

test('whatever is damaged, it ends, and with an error of its own where with one', async () => {
  const place = fc.record({ name: fc.constantFrom(...names), at: fc.nat(), bit: fc.nat(7) });
  await fc.assert(
    fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 3 }), async (places) => {
      const [{ name = '' } = {}] = places;
      const body = folded(name);
      for (const { at, bit } of places) body[at % body.length] = (body[at % body.length] ?? 0) ^ (1 << bit);
      const error = await failure(body);
      if (error !== undefined) expect(error).toBeInstanceOf(BrokenZstd);
    }),
    { numRuns: 500 },
  );
}, 60_000);

const frame = (...bytes: readonly number[]) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...bytes]);

test.each<[string, Buffer, RegExp]>([
  ['no frame', Buffer.from('reports'), /does not begin as one/],
  ['a window of 16 MiB', frame(0, 14 << 3, 1, 0, 0), /window is over 8 MiB/],
  ['a size of 16 MiB in one', frame(0xa0, 0, 0, 0, 1, 1, 0, 0), /window is over 8 MiB/],
  ['a dictionary', frame(1, 0x38, 7, 1, 0, 0), /dictionary/],
  ['a flag that means nothing yet', frame(8, 0x38, 1, 0, 0), /of a kind to come/],
  ['a block of no kind', frame(0, 0x38, 7, 0, 0), /of no kind/],
  ['a block that is too long', frame(0, 0x38, 0xff, 0xff, 0xff), /longer than it may be/],
  ['a size that is not so', frame(0x20, 2, 9, 0, 0, 65), /not as long as it says/],
  ['literals without a tree', frame(0, 0x38, 0x2d, 0, 0, 0x13, 0x80, 0, 0, 0), /tree that is not there/],
])('%s is refused', async (_, body, message) => {
  expect(await failure(body)).toMatchObject({ message: expect.stringMatching(message) });
});

test('several frames are one body, and those that say nothing are read over', async () => {
  const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const [text, many] = [folded('a short text'), folded('lines')];
  const unfolded = await unfold(Buffer.concat([skipped, text, skipped, many, text]));
  expect(unfolded.toString()).toBe(`abcabcabcabcabc${lines(400)}abcabcabcabcabc`);
});

// Where Node has zstd of its own, since 22.15.
const { zstdCompressSync } = zlib as { readonly zstdCompressSync?: (bytes: Buffer) => Buffer };
if (zstdCompressSync !== undefined) {
  test('whatever Node compresses is unfolded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 100 }), async (bytes, count) => {
        const body = times(count, Buffer.from(bytes));
        expect((await unfold(zstdCompressSync(body))).equals(body)).toBe(true);
      }),
    );
  });
}
