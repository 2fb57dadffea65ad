// Bodies of usage that come compressed: read as if they did not, and refused where they are not what they say.

import { gzipSync } from 'node:zlib';
import { encodings } from '../../../api/intake/encoding';
import { blockBytesMax } from '../../../api/intake/zstd/literals';
import { type Minutebook, type Problem, report, startMinutebook, withAcme } from '../minutebook';

const mebibyte = 1024 ** 2;
let book: Minutebook;
beforeAll(async () => {
  const limits = { bodyLimitBytes: mebibyte, unfoldedLimitBytes: 8 * mebibyte };
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z', ...limits });
  await withAcme(book);
});
afterAll(() => book.close());

type Folded = Problem & { readonly accepted: number; readonly committed?: { readonly reports: number } };

const types = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  event: 'application/cloudevents+json',
  events: 'application/cloudevents-batch+json',
};
const send = (body: Buffer, type: keyof typeof types, encoding = 'gzip') =>
  book.call<Folded>('POST', '/v1/usage?source=s', {
    body,
    headers: { 'content-type': types[type], 'content-encoding': encoding },
  });

const one = report('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z');
const event = { specversion: '1.0', type: 'minutebook.usage', source: 's', id: '1', data: one };
const bodies = {
  json: JSON.stringify({ source: 's', reports: [one, one] }),
  ndjson: `${JSON.stringify(one)}\n${JSON.stringify(one)}\n`,
  event: JSON.stringify(event),
  events: JSON.stringify([event, event]),
};

// As zstd may have it, without compressing anything but runs of one byte.
function foldZstd(body: Buffer): Buffer {
  const blocks: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38])];
  for (let from = 0; from < body.length; from += blockBytesMax) {
    const bytes = body.subarray(from, from + blockBytesMax);
    const isRun = bytes.equals(Buffer.alloc(bytes.length, bytes[0]));
    const isLast = from + bytes.length === body.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((bytes.length << 3) | (isRun ? 2 : 0) | (isLast ? 1 : 0), 0, 3);
    blocks.push(header, isRun ? bytes.subarray(0, 1) : bytes);
  }
  return Buffer.concat(blocks);
}

describe.each([
  ['gzip', gzipSync],
  ['zstd', foldZstd],
] as const)('in %s', (encoding, fold) => {
  test.each(Object.keys(types) as (keyof typeof types)[])('%s is read as it was', async (type) => {
    const query = type === 'ndjson' || type === 'json' ? '?source=s' : '';
    const { status, body } = await book.call<Folded>('POST', `/v1/usage${type === 'ndjson' ? query : ''}`, {
      body: fold(Buffer.from(bodies[type])),
      headers: { 'content-type': types[type], 'content-encoding': encoding },
    });
    expect([status, body.accepted]).toEqual([202, type === 'event' ? 1 : 2]);
  });

  test('a body that ends too early is refused', async () => {
    const folded = fold(Buffer.from(bodies.ndjson));
    for (const length of [folded.length - 1, folded.length - 9, 12, 1]) {
      const { status, body } = await send(folded.subarray(0, length), 'ndjson', encoding);
      expect([length, status, body.code]).toEqual([length, 400, 'invalid_request']);
      expect(body.detail).toMatch(/it ends too early; nothing was stored$/);
    }
  });

  test('a body that is not what it says is refused', async () => {
    for (const bytes of [Buffer.from(bodies.json), Buffer.from([0]), Buffer.alloc(1000, 7)]) {
      const { status, body } = await send(bytes, 'json', encoding);
      expect([status, body.detail]).toEqual([400, expect.stringMatching(/^expected a body in (gzip|zstd)/)]);
    }
  });

  test.each(['json', 'ndjson', 'events'] as const)('of a %s bomb little is unfolded', async (type) => {
    // 64 MiB in 64 kB.
    const bomb = fold(
      Buffer.concat([Buffer.from(type === 'json' ? '{"reports":[' : ''), Buffer.alloc(64 * mebibyte, '\n')]),
    );
    const before = process.memoryUsage().arrayBuffers;
    const { status, body } = await send(bomb, type, encoding);
    // Blank lines may go on up to the limit; a list of nothing is no list after a block.
    expect([status, body.code]).toEqual(type === 'ndjson' ? [413, 'payload_too_large'] : [400, 'invalid_request']);
    if (type === 'ndjson')
      expect(body.detail).toMatch(/unfolds to more than.*UNFOLDED_LIMIT_BYTES.*nothing was stored/);
    // The limit's 8 MiB, a few times over until they are collected.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * mebibyte);
  });

  test('JSON may unfold to what it may be otherwise', async () => {
    const many = { source: 's', reports: Array.from({ length: 8000 }, () => one) };
    const { status, body } = await send(fold(Buffer.from(JSON.stringify(many))), 'json', encoding);
    expect([status, body.detail]).toEqual([413, expect.stringContaining('BODY_LIMIT_BYTES')]);
  });

  test('what came before the end of lines that are cut off is stored, and named', async () => {
    const lines = Buffer.from(`${JSON.stringify(one)}\n`.repeat(25_000));
    const folded = fold(lines);
    const { status, body } = await send(folded.subarray(0, folded.length - 20), 'ndjson', encoding);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.committed?.reports).toBeGreaterThanOrEqual(10_000);
    expect(body.detail).toContain(`send on from report ${body.committed?.reports}`);
  });
});

test('gzip may be called x-gzip', async () => {
  expect((await send(gzipSync(bodies.json), 'event', 'x-gzip')).status).toBe(400);
  expect((await send(gzipSync(bodies.ndjson), 'ndjson', 'x-gzip')).body.accepted).toBe(2);
});

test('two members of gzip are one body', async () => {
  const [first, second] = bodies.ndjson.split('\n').map((line) => gzipSync(`${line}\n`));
  const { body } = await send(Buffer.concat([first ?? Buffer.alloc(0), second ?? Buffer.alloc(0)]), 'ndjson');
  expect(body.accepted).toBe(2);
});

test('bytes that are no UTF-8 are found in what was unfolded', async () => {
  const lines = Buffer.concat([Buffer.from(bodies.ndjson), Buffer.from([0x22, 0xff, 0x22, 0x0a])]);
  const { status, body } = await send(gzipSync(lines), 'ndjson');
  expect([status, body.faults?.[0]]).toMatchObject([400, { index: 2, message: expect.stringContaining('UTF-8') }]);
});

test.each(['br', 'deflate', 'gzip, gzip', 'zstd, gzip', 'compress'])(
  'a body in %s is refused, with what is taken',
  async (encoding) => {
    const { status, body, headers } = await send(gzipSync(bodies.json), 'json', encoding);
    expect([status, body.code, headers['accept-encoding']]).toEqual([
      415,
      'unsupported_media_type',
      encodings.join(', '),
    ]);
    expect(body.detail).toContain('expected a Content-Encoding of gzip');
  },
);

test('an empty body is told what it lacks', async () => {
  const { status } = await book.call('POST', '/v1/usage', { headers: { 'content-encoding': 'gzip' } });
  expect(status).toBe(400);
});
