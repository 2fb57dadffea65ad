// Bodies of usage however they arrive: cut anywhere, in one piece or in many.
import fc from 'fast-check';
import { readBatch } from '../../../api/intake/batch';
import { blockBytes } from '../../../api/intake/blocks';
import { readLines } from '../../../api/intake/lines';
import { MinutebookError } from '../../../domain/errors';
import { parseUsageBatch, UsageReader } from '../../../domain/usage';

const nowMs = Date.UTC(2025, 0, 31, 12);
const report = {
  workspace: 'acme',
  model: 'meta-llama/Llama-3-8B',
  version: '1.0.0+cu118',
  replica: 'r"[{]},\\',
  instanceType: 'gpu',
  phase: 'serving',
  from: '2025-01-01T00:00:00Z',
  to: '2025-01-01T01:00:00Z',
};
const reports = [1, 2, 3, 4, 5].map((n) => ({ ...report, replica: `${report.replica}${n}` }));

async function* pieces(body: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  // A first block is never so short that it would cut a byte order mark.
  const places = [...new Set(cuts.map((cut) => 3 + (cut % body.length)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, body.length]) {
    if (to > from) yield body.subarray(from, to);
    from = to;
  }
}

async function readJsonBody(text: string | Buffer, cuts: readonly number[] = []) {
  const reader = new UsageReader({ nowMs });
  return reader.finish(await readBatch(pieces(Buffer.from(text), cuts), reader));
}

async function readNdjson(text: string | Buffer, cuts: readonly number[] = [], asked: object = { source: 's' }) {
  const reader = new UsageReader({ nowMs });
  return reader.finish(await readLines(pieces(Buffer.from(text), cuts), reader, asked));
}

async function refusal(reading: Promise<unknown>): Promise<MinutebookError> {
  const error = await reading.then(
    () => new Error('expected a refusal, and it was accepted'),
    (reason: unknown) => reason,
  );
  if (error instanceof MinutebookError) return error;
  throw error;
}

const cuts = fc.array(fc.nat(5000), { maxLength: 12 });
const around = [
  { source: 's', completeThrough: '2025-01-31T00:00:00Z', reports },
  { reports, source: 's' },
  { source: 's', reports: [] },
];

test.each(around)('a batch is the same wherever its body is cut (%#)', async (body) => {
  const whole = parseUsageBatch(body, { nowMs });
  for (const text of [JSON.stringify(body), `\ufeff${JSON.stringify(body, undefined, 2)}\n`]) {
    await fc.assert(fc.asyncProperty(cuts, async (at) => expect(await readJsonBody(text, at)).toEqual(whole)));
  }
});

test('lines are the same wherever their body is cut', async () => {
  const text = `\ufeff{"source":"s"}\r\n\n${reports.map((each) => JSON.stringify(each)).join('\r\n \t\n')}`;
  const whole = parseUsageBatch({ source: 's', reports }, { nowMs });
  await fc.assert(fc.asyncProperty(cuts, async (at) => expect(await readNdjson(text, at, {})).toEqual(whole)));
});

const one = JSON.stringify(report);
test.each<[string, string, RegExp]>([
  ['a comma before the end', `{"source":"s","reports":[${one},]}`, /position \d+ /],
  ['a comma too many', `{"source":"s","reports":[${one},,${one}]}`, /position 222 /],
  ['no comma', `{"source":"s","reports":[${one}${one}]}`, /position \d+ /],
  ['a list that does not end', `{"source":"s","reports":[${one}`, /its end/],
  ['a list that ends as an object', `{"source":"s","reports":[${one}}`, /position \d+ /],
  ['a report that does not end', `{"source":"s","reports":[${one.slice(0, -1)}`, /its end/],
  ['more after the end', `{"source":"s","reports":[${one}]}{}`, /position \d+ /],
  ['reports twice', `{"source":"s","reports":[${one}],"reports":[]}`, /"reports" stands there again/],
  ['a source twice', `{"source":"s","reports":[${one}],"source":"s"}`, /"source" stands there again/],
  [
    'a field of a report twice',
    `{"source":"s","reports":[${one},${one.slice(0, -1)},"to":1}]}`,
    /"to" stands there again/,
  ],
  ['an object in a list', `["reports",[${one}`, /its end/],
  ['brackets within brackets', `{"source":"s","reports":[${one},${'['.repeat(70)}`, /at most 64 brackets/],
])('%s is refused, at the same place wherever the body is cut', async (_, text, message) => {
  const { code, detail } = await refusal(readJsonBody(text));
  expect([code, detail]).toEqual(['invalid_request', expect.stringMatching(message)]);
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => expect((await refusal(readJsonBody(text, at))).detail).toBe(detail)),
    { numRuns: 30 },
  );
});

test.each<[string, string | Buffer, string]>([
  ['a field twice', `${one}\n${one.slice(0, -1)},"to":1}`, '"to" stands there again'],
  ['bytes that are no UTF-8', Buffer.concat([Buffer.from(`${one}\n"`), Buffer.from([0xff])]), 'in UTF-8'],
  ['an array without end', `${one}\n${'['.repeat(100_000)}`, 'brackets within brackets'],
  ['no JSON', `${one}\n{"workspace"`, 'stops being JSON at column 13'],
])('a line with %s is refused by its index', async (_, text, message) => {
  const { code, faults } = await refusal(readNdjson(text));
  expect([code, faults]).toEqual([
    'invalid_usage',
    [{ index: 1, field: 'report', message: expect.stringContaining(message) }],
  ]);
});

test.each([
  [
    'a report',
    () => readJsonBody(`{"source":"s","reports":[{"workspace":"${'x'.repeat(blockBytes)}`),
    'for one report',
  ],
  ['what stands beside the reports', () => readJsonBody(`{"source":"${'x'.repeat(blockBytes)}`), 'beside the reports'],
  ['a line', () => readNdjson(`{"workspace":"${'x'.repeat(blockBytes)}`), 'on one line'],
])('%s that is longer than a block is refused before it has come', async (_, reading, message) => {
  expect((await refusal(reading())).detail).toContain(`expected at most ${blockBytes} bytes ${message}`);
});

test.each([
  ['JSON', () => `{"source":"s","reports":[${'1,'.repeat(blockBytes)}`, '1,', readBatch],
  ['NDJSON', () => '1\n'.repeat(blockBytes), '1\n', readLines],
] as const)('of %s nothing is asked for any more after the thousandth fault', async (_, first, more, read) => {
  let asked = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.from(asked++ === 0 ? first() : more.repeat(1000));
  }
  const reader = new UsageReader({ nowMs });
  const error = await refusal(
    read(endless(), reader, {}).then((body) => {
      reader.finish(body);
    }),
  );
  expect(asked).toBe(1);
  expect(error.faults).toHaveLength(1000);
  expect(error.detail).toContain('1000 faults are listed, and reading stopped there');
});
