// Bodies of usage however they arrive: cut anywhere, in one piece or in many.
import fc from 'fast-check';
import { readBatch } from '../../../api/intake/batch';
import { readEvents } from '../../../api/intake/events';
import { readLines } from '../../../api/intake/lines';
import { blockBytes } from '../../../api/intake/pieces';
import { MinutebookError } from '../../../domain/errors';
import { parseUsageBatch, type UsageBatch, UsageReader } from '../../../domain/usage';

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
  const [batch, ...more] = await batchesOf(pieces(Buffer.from(text), cuts), asked);
  expect(more).toEqual([]);
  return batch;
}

async function batchesOf(blocks: AsyncIterable<Buffer>, asked: object, batchMax?: number): Promise<UsageBatch[]> {
  const batches: UsageBatch[] = [];
  const newReader = (firstIndex: number) => new UsageReader({ nowMs, firstIndex });
  const reading = readLines(blocks, { asked, newReader, ...(batchMax === undefined ? {} : { batchMax }) });
  for await (const batch of reading) batches.push(batch);
  return batches;
}

async function readEvent(text: string | Buffer, { isBatch = false, asked = {}, cuts = [] as readonly number[] } = {}) {
  const reader = new UsageReader({ nowMs });
  return readEvents(pieces(Buffer.from(text), cuts), { reader, nowMs, asked, isBatch });
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
  [
    'JSON',
    () => `{"source":"s","reports":[${'1,'.repeat(blockBytes)}`,
    '1,',
    async (blocks: AsyncIterable<Buffer>) => {
      const reader = new UsageReader({ nowMs });
      reader.finish(await readBatch(blocks, reader));
    },
  ],
  [
    'NDJSON',
    () => '1\n'.repeat(blockBytes),
    '1\n',
    (blocks: AsyncIterable<Buffer>) => batchesOf(blocks, { source: 's' }),
  ],
  [
    'events',
    () => `[${'1,'.repeat(blockBytes)}`,
    '1,',
    (blocks: AsyncIterable<Buffer>) =>
      readEvents(blocks, { reader: new UsageReader({ nowMs }), nowMs, asked: {}, isBatch: true }),
  ],
] as const)('of %s nothing is asked for any more after the thousandth fault', async (_, first, more, read) => {
  let asked = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.from(asked++ === 0 ? first() : more.repeat(1000));
  }
  const error = await refusal(read(endless()));
  expect(asked).toBe(1);
  expect(error.faults).toHaveLength(1000);
  expect(error.detail).toContain('1000 faults are listed, and reading stopped there');
});

const flat = JSON.stringify({ ...report, replica: 'r' });
test.each<[string, string, number]>([
  ['two reports on a line', `${flat},${flat}\n`, 1],
  ['two reports on a line, and one on two', `${flat},${flat}\n${flat.replace(',', '\n')}\n`, 3],
  ['a report on two lines', `${flat.replace(',', ',\n')}\n`, 2],
  ['a list on two lines', `{"a":[{}\n{}]}\n`, 2],
  ['a bracket too many', `${flat}}\n`, 1],
  ['a field twice', `${flat.slice(0, -1)},"to":"x"}\n`, 1],
])('%s is as wrong among many lines as alone', async (_, text, faults) => {
  async function* blocks(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${flat}\n`);
    yield Buffer.from(`${flat}\n${text}${flat}\n`);
  }
  const error = await refusal(batchesOf(blocks(), { source: 's' }));
  expect(new Set(error.faults?.map(({ index }) => index))).toEqual(
    new Set(Array.from({ length: faults }, (_, n) => 2 + n)),
  );
});

test('blank lines, lines with CRLF and a last one without an end are reports all the same', async () => {
  async function* blocks(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${flat}\n`);
    yield Buffer.from(`${flat}\r\n${flat}\r\n`);
    yield Buffer.from(`\n ${flat}\n${flat}`);
  }
  const [batch] = await batchesOf(blocks(), { source: 's' });
  expect(batch?.reports).toHaveLength(5);
});

describe('lines without end', () => {
  const lines = (count: number, from = 0) =>
    Array.from({ length: count }, (_, n) => `${JSON.stringify({ ...report, replica: `r${from + n}` })}\n`).join('');
  async function* blocks(...texts: string[]): AsyncGenerator<Buffer> {
    for (const text of texts) yield Buffer.from(text);
  }
  const heading = { source: 's', completeThrough: '2025-01-31T00:00:00Z' };

  test('come in batches, of which the last alone has the mark', async () => {
    const batches = await batchesOf(blocks(lines(3), lines(3, 3), lines(1, 6)), heading, 3);
    expect(batches.map(({ reports: read }) => read.map(({ replica }) => replica))).toEqual([
      ['r0', 'r1', 'r2'],
      ['r3', 'r4', 'r5'],
      ['r6'],
    ]);
    expect(batches.map(({ completeThroughMs }) => completeThroughMs)).toEqual([
      undefined,
      undefined,
      Date.UTC(2025, 0, 31),
    ]);
    expect(new Set(batches.map(({ source }) => source))).toEqual(new Set(['s']));
  });

  test('that end with a batch bring the mark in one of its own', async () => {
    const batches = await batchesOf(blocks(lines(3)), heading, 3);
    expect(batches.map(({ reports: read, completeThroughMs }) => [read.length, completeThroughMs])).toEqual([
      [3, undefined],
      [0, Date.UTC(2025, 0, 31)],
    ]);
  });

  test('are handed out up to the batch in which one is wrong, and none is read after it', async () => {
    const got: number[] = [];
    const newReader = (firstIndex: number) => new UsageReader({ nowMs, firstIndex });
    let asked = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for (const text of [lines(3), `${lines(2)}{"workspace"\n${lines(1)}`, lines(3)]) {
        asked++;
        yield Buffer.from(text);
      }
    }
    const error = await refusal(
      (async () => {
        for await (const batch of readLines(counted(), { asked: heading, newReader, batchMax: 3 })) {
          got.push(batch.reports.length);
        }
      })(),
    );
    expect([got, asked]).toEqual([[3], 2]);
    expect(error.faults).toMatchObject([{ index: 5, field: 'report' }]);
    expect(error.detail).toContain('the usage from report 3 on is refused as a whole');
  });

  test('without a source are refused before any is handed out', async () => {
    const { faults } = await refusal(batchesOf(blocks(lines(3), lines(3)), {}, 3));
    expect(faults).toMatchObject([{ field: 'source' }]);
  });
});

describe('CloudEvents', () => {
  const event = { specversion: '1.0', type: 'minutebook.usage', source: 'eu', id: '1', data: report };
  const whole = parseUsageBatch({ source: 'eu', reports: [report] }, { nowMs });

  test('one is a batch of one report', async () => {
    expect(await readEvent(JSON.stringify(event))).toEqual([whole]);
    const more = { ...event, datacontenttype: 'application/json; charset=utf-8', time: 'x', subject: 'y', mine: 7 };
    expect(await readEvent(JSON.stringify(more))).toEqual([whole]);
  });

  test('many are the same wherever their list is cut', async () => {
    const list = reports.map((data) => ({ ...event, data }));
    const wanted = [parseUsageBatch({ source: 'eu', reports }, { nowMs })];
    for (const text of [JSON.stringify(list), `\ufeff\n ${JSON.stringify(list, undefined, 2)}\n`]) {
      await fc.assert(
        fc.asyncProperty(cuts, async (at) => {
          expect(await readEvent(text, { isBatch: true, cuts: at })).toEqual(wanted);
        }),
      );
    }
  });

  test('of several sources are a batch each, with the latest mark of each', async () => {
    const mark = (source: string, completethrough: string) => ({ ...event, source, data: undefined, completethrough });
    const list = [
      event,
      { ...event, source: 'us' },
      mark('eu', '2025-01-02T00:00:00Z'),
      mark('eu', '2025-01-01T00:00:00Z'),
      mark('asia', '2025-01-03T00:00:00Z'),
      { ...event, data: { ...report, to: report.from } },
    ];
    expect(await readEvent(JSON.stringify(list), { isBatch: true })).toEqual([
      { ...whole, ignored: 1, completeThroughMs: Date.UTC(2025, 0, 2) },
      { ...whole, source: 'us' },
      { source: 'asia', reports: [], ignored: 0, completeThroughMs: Date.UTC(2025, 0, 3) },
    ]);
  });

  test('of one source may have their mark in the query', async () => {
    const asked = { completeThrough: '2025-01-31T00:00:00Z' };
    const [batch] = await readEvent(JSON.stringify(event), { asked });
    expect(batch?.completeThroughMs).toBe(Date.UTC(2025, 0, 31));
    const two = JSON.stringify([event, { ...event, source: 'us' }]);
    const { faults } = await refusal(readEvent(two, { isBatch: true, asked }));
    expect(faults).toMatchObject([{ field: 'completeThrough' }]);
  });

  test('none is nothing', async () => {
    expect(await readEvent('[]', { isBatch: true })).toEqual([]);
  });

  test.each<[string, unknown, readonly string[]]>([
    ['another version', { ...event, specversion: '0.3' }, ['[0].specversion']],
    ['another type', { ...event, type: 'usage' }, ['[0].type']],
    ['no id', { ...event, id: undefined }, ['[0].id']],
    ['a source that is no name', { ...event, source: 'a b' }, ['[0].source']],
    ['data of another kind', { ...event, datacontenttype: 'text/xml' }, ['[0].datacontenttype']],
    ['data in base 64', { ...event, data: undefined, data_base64: 'e30=' }, ['[0].data_base64', '[0].data']],
    ['no data', { ...event, data: undefined }, ['[0].data']],
    ['data that is null', { ...event, data: null }, ['[0].report']],
    [
      'data that is no report',
      { ...event, data: { ...report, phase: 'sleeping', more: 1 } },
      ['[0].more', '[0].phase'],
    ],
    ['a mark that is no instant', { ...event, completethrough: 7 }, ['[0].completethrough']],
    ['a list', [event], ['[0].event']],
    ['a text', 'x', ['[0].event']],
  ])('with %s is refused', async (_, body, places) => {
    const { code, faults } = await refusal(readEvent(JSON.stringify(body)));
    expect([code, faults?.map(({ index, field }) => `[${index}].${field}`)]).toEqual(['invalid_usage', places]);
  });

  test('faults of many are told by their index; what is no list is told so', async () => {
    const list = [event, { ...event, id: '' }, event, 7];
    const { faults } = await refusal(readEvent(JSON.stringify(list), { isBatch: true }));
    expect(faults?.map(({ index, field }) => [index, field])).toEqual([
      [1, 'id'],
      [3, 'event'],
    ]);
    const other = await refusal(readEvent(JSON.stringify(event), { isBatch: true }));
    expect(other.faults).toMatchObject([{ field: 'body', message: 'expected a list, came an object' }]);
    expect((await refusal(readEvent(`[${JSON.stringify(event)},]`, { isBatch: true }))).code).toBe('invalid_request');
  });
});
