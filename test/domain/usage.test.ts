import fc from 'fast-check';
import { parseReports, parseUsageBatch, parseUsageLines, phases } from '../../domain/usage';
import { faultPlaces, faultsOf, refusalOf } from './refusals';

const nowMs = Date.UTC(2025, 0, 31, 12);
const report = {
  workspace: 'acme',
  model: 'llama-70b',
  version: 'v2',
  replica: 'r-1',
  instanceType: 'A10Gx4x16',
  phase: 'serving',
  from: '2025-01-01T00:00:00Z',
  to: '2025-01-01T01:00:00.5Z',
};
const read = {
  workspace: 'acme',
  model: 'llama-70b',
  version: 'v2',
  replica: 'r-1',
  instanceType: 'A10Gx4x16',
  phase: 'serving',
  fromMs: Date.UTC(2025, 0, 1),
  toMs: Date.UTC(2025, 0, 1, 1, 0, 0, 500),
};
const batchOf = (...reports: unknown[]) => ({ source: 'kubelet', reports });
const parse = (body: unknown) => parseUsageBatch(body, { nowMs });

describe('a batch of usage', () => {
  test('is read with its source, its mark and its reports in order', () => {
    const body = { source: 'kubelet', completeThrough: '2025-01-31T12:05:00Z', reports: [report, report] };
    expect(parse(body)).toEqual({ source: 'kubelet', completeThroughMs: nowMs + 300_000, reports: [read, read] });
  });

  test('may be empty, and may leave its mark out', () => {
    expect(parse(batchOf())).toEqual({ source: 'kubelet', reports: [] });
    expect(parse({ ...batchOf(), completeThrough: null })).toEqual({ source: 'kubelet', reports: [] });
  });

  test('may hold reports of exactly 31 days and up to five minutes ahead', () => {
    const longest = { ...report, from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' };
    expect(parseReports([longest], { nowMs: Date.UTC(2025, 0, 31, 23, 55) })).toHaveLength(1);
    expect(
      parse(batchOf({ ...report, from: '2025-01-31T12:04:00Z', to: '2025-01-31T12:05:00Z' })).reports,
    ).toHaveLength(1);
  });

  test.each(phases)('takes the phase %s', (phase) => {
    expect(parse(batchOf({ ...report, phase })).reports).toEqual([{ ...read, phase }]);
  });

  test.each<[string, unknown, string[]]>([
    ['no body', undefined, ['body']],
    ['a list', [], ['body']],
    ['a text', 'usage', ['body']],
    ['nothing in it', {}, ['source', 'reports']],
    ['a source that is no id', { source: 'a b', reports: [] }, ['source']],
    ['reports that are no list', { source: 'a', reports: {} }, ['reports']],
    ['a field that is not known', { source: 'a', reports: [], sender: 'me' }, ['sender']],
    ['a mark that is no instant', { source: 'a', reports: [], completeThrough: 'yesterday' }, ['completeThrough']],
    [
      'a mark too far ahead',
      { source: 'a', reports: [], completeThrough: '2025-01-31T12:05:01Z' },
      ['completeThrough'],
    ],
  ])('is refused with %s', (_, body, places) => {
    expect(faultPlaces(() => parse(body))).toEqual(places);
  });

  test.each<[string, unknown, string[]]>([
    ['null', null, ['1 report']],
    ['a list', [], ['1 report']],
    ['a number', 7, ['1 report']],
    ['nothing in it', {}, [...Object.keys(report).map((field) => `1 ${field}`)]],
    ['an empty workspace', { ...report, workspace: '' }, ['1 workspace']],
    ['a model with a space', { ...report, model: 'a b' }, ['1 model']],
    ['a version that is a number', { ...report, version: 2 }, ['1 version']],
    ['a replica of 129 characters', { ...report, replica: 'r'.repeat(129) }, ['1 replica']],
    ['an instance type with a slash', { ...report, instanceType: 'a/b' }, ['1 instanceType']],
    ['an unknown phase', { ...report, phase: 'sleeping' }, ['1 phase']],
    ['a from without zone', { ...report, from: '2025-01-01T00:00:00' }, ['1 from']],
    ['a to on 30 February', { ...report, to: '2025-02-30T00:00:00Z' }, ['1 to']],
    ['a to as number', { ...report, to: 1735689600 }, ['1 to']],
    ['from equal to to', { ...report, to: report.from }, ['1 to']],
    ['from after to', { ...report, from: report.to, to: report.from }, ['1 to']],
    ['a span over 31 days', { ...report, from: '2024-12-01T00:00:00Z', to: '2025-01-01T00:00:00.001Z' }, ['1 to']],
    ['a to too far ahead', { ...report, from: '2025-01-31T12:00:00Z', to: '2025-01-31T12:05:00.001Z' }, ['1 to']],
    ['both too far ahead', { ...report, from: '2025-01-31T12:06:00Z', to: '2025-01-31T12:07:00Z' }, ['1 from', '1 to']],
    ['a field that is not known', { ...report, gpu: 'A10G' }, ['1 gpu']],
    [
      'a known field missing and another in its place',
      { ...report, phase: undefined, state: 'x' },
      ['1 state', '1 phase'],
    ],
    ['several faults', { ...report, model: '', phase: 'x', to: 'x' }, ['1 model', '1 phase', '1 to']],
  ])('is refused for a report with %s', (_, bad, places) => {
    expect(faultPlaces(() => parse(batchOf(report, bad, report)))).toEqual(places);
  });

  test('is refused with every fault of every report and of the batch', () => {
    const places = faultPlaces(() => parse({ reports: [{ ...report, phase: 'x' }, report, { ...report, model: '' }] }));
    expect(places).toEqual(['source', '0 phase', '2 model']);
  });

  test('says what was expected and what came', () => {
    const refusal = refusalOf(() => parse(batchOf({ ...report, phase: 'sleeping', gpu: 1 })));
    expect(refusal.code).toBe('invalid_usage');
    expect(refusal.faults).toEqual([
      { index: 0, field: 'gpu', message: expect.stringContaining('unknown field, expected one of workspace, model') },
      {
        index: 0,
        field: 'phase',
        message: 'expected one of deploying, scaling_up, serving, scaling_down, idle, came "sleeping"',
      },
    ]);
    expect(refusal.detail).toContain('2 faults');
  });

  test('lists the first thousand faults and counts the rest', () => {
    const refusal = refusalOf(() => parse(batchOf(...Array.from({ length: 1500 }, () => ({ ...report, phase: 'x' })))));
    expect(refusal.faults).toHaveLength(1000);
    expect(refusal.detail).toContain('1500 faults, the first 1000 are listed');
  });

  test('keeps a message short, however long what came', () => {
    const [fault] = faultsOf(() => parse(batchOf({ ...report, replica: 'r'.repeat(1_000_000) })));
    expect(fault?.message.length).toBeLessThan(300);
  });

  test('either is read in full or names a fault, whatever a field holds', () => {
    const values = fc.oneof(
      fc.constantFrom<unknown>('acme', 'serving', '2025-01-01T00:00:00Z', '2025-01-02T00:00:00Z', '', null, 0, {}, []),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(report), 'other'), values, (field, value) => {
        const body = batchOf({ ...report, [field]: value });
        try {
          expect(parse(body).reports).toHaveLength(1);
        } catch {
          expect(faultPlaces(() => parse(body)).length).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('usage as NDJSON', () => {
  test('is a report a line, with either line end and blank lines between', () => {
    const text = `${JSON.stringify(report)}\r\n\n${JSON.stringify(report)}\n`;
    expect(parseReports(parseUsageLines(text), { nowMs })).toEqual([read, read]);
    expect(parseUsageLines('')).toEqual([]);
  });

  test('names lines that are not JSON among the other faults', () => {
    const items = parseUsageLines(`{"workspace":\n${JSON.stringify({ ...report, phase: 'x' })}\n7`);
    expect(faultPlaces(() => parseReports(items, { nowMs }))).toEqual(['0 report', '1 phase', '2 report']);
    expect(faultPlaces(() => parse({ reports: items }))).toEqual(['source', '0 report', '1 phase', '2 report']);
  });
});
