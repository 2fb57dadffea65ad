// The fast reader of usage takes what the contract says, and nothing else. Left out is what no schema says: the order of
// the instants, the length of a report, and times ahead of now.
import fc from 'fast-check';
import { UsageBatch, UsageReport } from '../../contract/usage';
import { MinutebookError } from '../../domain/errors';
import { parseUsageBatch, phases } from '../../domain/usage';
import { newAjv } from '../api/described';

const ajv = newAjv();
const isReport = ajv.compile(UsageReport);
const isBatch = ajv.compile(UsageBatch);
const nowMs = Date.UTC(2100, 0, 1);

function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof MinutebookError && error.code === 'invalid_usage') return false;
    throw error;
  }
}

const shared = fc.string({ unit: fc.constantFrom(...'AZaz09_.:-'), minLength: 1, maxLength: 128 });
const visible = Array.from({ length: 0x7f - 0x21 }, (_, at) => String.fromCharCode(0x21 + at));
const newNames = fc.oneof(
  fc.string({ unit: fc.constantFrom(...visible), minLength: 1, maxLength: 200 }),
  fc.constantFrom('meta-llama/Llama-3-8B', '1.0.0+cu118', '.', '..', 'x'.repeat(129), 'x'.repeat(200), 'x'.repeat(201)),
);
const names = fc.oneof(shared, newNames);

const report = fc.record({
  workspace: names,
  model: names,
  version: names,
  replica: names,
  instanceType: names,
  phase: fc.constantFrom(...phases),
  from: fc.constantFrom('2025-01-01T00:00:00Z', '2025-01-01T01:00:00.5+01:00'),
  to: fc.constantFrom('2025-01-02T00:00:00Z', '2025-01-31T23:59:59.999999Z'),
});

const wrong = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, 0, 1, {}, [], '', ' ', 'a b', 'é', 'a\n', '\u007f', 'x'.repeat(300)),
  fc.constantFrom('Serving', '2025-01-01', '2025-02-30T00:00:00Z', '2025-01-01T24:00:00Z', '1969-12-31T23:59:59Z'),
  names,
);
const fields = ['workspace', 'model', 'version', 'replica', 'instanceType', 'phase', 'from', 'to', 'other'];

// Undefined is no JSON: such a field is not there.
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const reports = fc
  .tuple(report, fc.array(fc.tuple(fc.constantFrom(...fields), wrong), { maxLength: 2 }))
  .map(([whole, changes]) => asJson({ ...whole, ...Object.fromEntries(changes) }));

test('a report is read where it is one, and refused where it is none', () => {
  const counts = { read: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.oneof({ weight: 9, arbitrary: reports }, { weight: 1, arbitrary: wrong.map((value) => value ?? null) }),
      (item) => {
        const expected = isReport(item);
        counts[expected ? 'read' : 'refused']++;
        expect(isRead(() => parseUsageBatch({ source: 's', reports: [item] }, { nowMs }))).toBe(expected);
      },
    ),
    { numRuns: 30000 },
  );
  expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(300);
});

test('a batch is read where it is one, and refused where it is none', () => {
  const batch = fc
    .tuple(
      fc.record({
        source: names,
        completeThrough: fc.constantFrom('2025-01-31T00:00:00Z', null, undefined),
        reports: fc.array(report, { maxLength: 2 }),
      }),
      fc.array(fc.tuple(fc.constantFrom('source', 'completeThrough', 'reports', 'other'), wrong), { maxLength: 1 }),
    )
    .map(([whole, changes]) => asJson({ ...whole, ...Object.fromEntries(changes) }));
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: batch }, { weight: 1, arbitrary: wrong }), (body) => {
      expect(isRead(() => parseUsageBatch(body, { nowMs }))).toBe(isBatch(body));
    }),
    { numRuns: 2000 },
  );
});
