import fc from 'fast-check';
import { parseUsageBatch, phases, UsageReader } from '../../domain/usage';
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
    expect(parse(body)).toEqual({
      source: 'kubelet',
      completeThroughMs: nowMs + 300_000,
      reports: [read, read],
      ignored: 0,
    });
  });

  test('may be empty, and may leave its mark out', () => {
    expect(parse(batchOf())).toEqual({ source: 'kubelet', reports: [], ignored: 0 });
    expect(parse({ ...batchOf(), completeThrough: null })).toEqual({ source: 'kubelet', reports: [], ignored: 0 });
  });

  test('may hold reports of exactly 31 days and up to five minutes ahead', () => {
    const longest = { ...report, from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' };
    expect(parseUsageBatch(batchOf(longest), { nowMs: Date.UTC(2025, 0, 31, 23, 55) }).reports).toHaveLength(1);
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
    ['a source that is no name', { source: 'a b', reports: [] }, ['source']],
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
    ['a workspace with a slash', { ...report, workspace: 'a/b' }, ['1 workspace']],
    ['a workspace that URLs take out', { ...report, workspace: '..' }, ['1 workspace']],
    ['a replica of 201 characters', { ...report, replica: 'r'.repeat(201) }, ['1 replica']],
    ['an instance type with an accent', { ...report, instanceType: 'é' }, ['1 instanceType']],
    ['an unknown phase', { ...report, phase: 'sleeping' }, ['1 phase']],
    ['a from without zone', { ...report, from: '2025-01-01T00:00:00' }, ['1 from']],
    ['a to on 30 February', { ...report, to: '2025-02-30T00:00:00Z' }, ['1 to']],
    ['a to as number', { ...report, to: 1735689600 }, ['1 to']],
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

  test('takes names as people have them', () => {
    const names = { model: 'meta-llama/Llama-3-8B', version: '1.0.0+cu118', replica: '"{\\},' };
    const named = { ...names, instanceType: `${'~'.repeat(199)}!` };
    expect(parse({ ...batchOf({ ...report, ...named }), source: 'eu/cluster@1' })).toMatchObject({
      source: 'eu/cluster@1',
      reports: [named],
    });
  });

  test('counts reports without length, and holds only the others', () => {
    const nothing = { ...report, to: report.from };
    expect(parse(batchOf(nothing, report, nothing))).toEqual({ source: 'kubelet', reports: [read], ignored: 2 });
    expect(faultPlaces(() => parse(batchOf({ ...nothing, phase: 'x' })))).toEqual(['0 phase']);
  });

  test('is read up to the thousandth fault, and not beyond', () => {
    const reader = new UsageReader({ nowMs });
    let looked = 0;
    const item = () => ({
      get phase() {
        looked++;
        return 'x';
      },
    });
    reader.addAll(Array.from({ length: 5000 }, item));
    const seen = looked;
    reader.addAll([item()]);
    expect([reader.isFull, looked]).toEqual([true, seen]);
    expect(seen).toBeLessThan(1000);
    const refusal = refusalOf(() => reader.finish(batchOf()));
    expect(refusal.faults).toHaveLength(1000);
    expect(refusal.detail).toContain('1000 faults are listed, and reading stopped there');
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
          const { reports, ignored = 0 } = parse(body);
          expect(reports.length + ignored).toBe(1);
        } catch {
          expect(faultPlaces(() => parse(body)).length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
