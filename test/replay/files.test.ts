import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { UsageReport } from '../../domain/usage';
import { ReplayError } from '../../replay/errors';
import { readPriceFile } from '../../replay/files/price-file';
import { readUsageFile } from '../../replay/files/usage-file';
import { survey } from '../../replay/survey';

const directory = mkdtempSync(path.join(tmpdir(), 'replay-'));
afterAll(() => rmSync(directory, { recursive: true }));

const header = 'workspace,model,version,replica,instance_type,phase,from,to';
const row = 'acme,chat,v1,r-0,T4x4x16,serving,2025-01-01T00:00:00Z,2025-01-01T06:30:00.5Z';
const report: UsageReport = {
  workspace: 'acme',
  model: 'chat',
  version: 'v1',
  replica: 'r-0',
  instanceType: 'T4x4x16',
  phase: 'serving',
  fromMs: Date.UTC(2025, 0, 1),
  toMs: Date.UTC(2025, 0, 1, 6, 30, 0, 500),
};

function file(...lines: readonly string[]): string {
  const name = path.join(directory, 'usage.csv');
  writeFileSync(name, lines.join('\n'));
  return name;
}

async function read(...lines: readonly string[]): Promise<UsageReport[]> {
  const reports: UsageReport[] = [];
  for await (const each of readUsageFile(file(...lines), Date.UTC(2026, 0, 1))) reports.push(each);
  return reports;
}

async function faultsOf(...lines: readonly string[]): Promise<readonly string[]> {
  const error = await read(...lines).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ReplayError);
  return (error as ReplayError).message.split('\n');
}

describe('a file of usage', () => {
  test('is one report a row', async () => {
    expect(await read(header, row, '', row)).toEqual([report, report]);
  });

  test('may have its columns in any order, others besides, a byte order mark and Windows line ends', async () => {
    const lines = ['\ufeffto,from,note,workspace,model,version,replica,instance_type,phase\r'];
    lines.push('2025-01-01T06:30:00.5Z,2025-01-01T00:00:00Z,"a, b",acme,chat,v1,r-0,T4x4x16,serving\r');
    expect(await read(...lines)).toEqual([report]);
  });

  test('may hold stretches longer than a report may be: they are cut', async () => {
    const cut = await read(header, row.replace('2025-01-01T06', '2025-03-01T06'));
    expect(cut.map(({ fromMs, toMs }) => toMs - fromMs)).toEqual([2_678_400_000, 2_442_600_500]);
    expect(cut[1]?.fromMs).toBe(cut[0]?.toMs);
  });

  test.each<[string, string, RegExp]>([
    [
      'a name with a space',
      row.replace('chat', 'chat 7b'),
      /line 3: model: expected a name of 1 to 200 .* came chat 7b/,
    ],
    ['a long name', row.replace('chat', 'c'.repeat(201)), /line 3: model: expected a name of 1 to 200 .* came c{60}$/],
    [
      'a name of a workspace',
      row.replace('acme', 'acme/eu'),
      /line 3: workspace: expected an id of 1 to 128 .* came acme\/eu/,
    ],
    ['an unknown phase', row.replace('serving', 'sleeping'), /line 3: phase: .* came sleeping/],
    ['no time', row.replace('2025-01-01T06:30:00.5Z', ''), /line 3: to: /],
    ['a time without zone', row.replace('00Z', '00'), /line 3: from: /],
    ['an end before its beginning', row.replace('2025-01-01T06', '2024-12-31T06'), /line 3: to: .* after from/],
    ['an end in the future', row.replace('2025-01-01T06', '2026-01-01T06'), /line 3: to: .* no later than/],
    ['a column too few', row.replace(',serving', ''), /line 3: expected 8 columns as in the first line, came 7$/],
    ['a column too many', `${row},x`, /line 3: expected 8 columns as in the first line, came 9$/],
    ['a quote inside a field', row.replace('chat', 'ch"at'), /line 3: a quote inside a field/],
    ['a quote that never closes', row.replace('chat', '"chat'), /line 3: a quoted field that never ends/],
    ['a quote that goes on', row.replace('chat', '"chat"7'), /line 3: a quoted field that goes on .* \(in line 3\)/],
  ])('with %s is refused, with the line', async (_, bad, message) => {
    await expect(read(header, row, bad)).rejects.toThrow(message);
    await expect(read(header, row, bad)).rejects.toBeInstanceOf(ReplayError);
  });

  test('without a column is refused by its name', async () => {
    await expect(read('workspace,model,version,replica,phase,from,to', row)).rejects.toThrow('column instance_type');
  });

  test('may hold names of all visible characters', async () => {
    const named = row.replace('chat', 'meta-llama/Llama-3~8B').replace('v1', '"1.0""\\+cu118"');
    expect(await read(header, named)).toEqual([{ ...report, model: 'meta-llama/Llama-3~8B', version: '1.0"\\+cu118' }]);
  });

  test('names the first twenty faults and counts the rest', async () => {
    const bad = row.replace('serving', 'x');
    const said = await faultsOf(header, ...Array.from({ length: 100 }, () => bad));
    expect(said).toHaveLength(22);
    expect(said.at(-1)).toBe('  and 80 faults more');
  });

  test('lists rows of another length and bad quotes among its other faults, in the order of their lines', async () => {
    const [short, stray] = [row.replace(',serving', ''), row.replace('chat', 'ch"at')];
    const [phase, endless] = [row.replace('serving', 'x'), row.replace('acme', '"acme')];
    const said = await faultsOf(header, row, short, stray, phase, row, `${row},x`, endless, short, phase);
    expect(said).toEqual([
      'usage.csv is not usable:',
      '  line 3: expected 8 columns as in the first line, came 7',
      expect.stringMatching('  line 4: a quote inside a field'),
      expect.stringMatching('  line 5: phase: expected one of .* came x'),
      '  line 7: expected 8 columns as in the first line, came 9',
      '  line 8: a quoted field that never ends; the lines after it were not looked at',
    ]);
  });

  test('is not read to its end for a quote that never closes in millions of lines', async () => {
    const endless = Array.from({ length: 40_000 }, () => row);
    const said = await faultsOf(header, row, row.replace('acme', '"acme'), ...endless);
    expect(said).toEqual(['usage.csv is not usable:', expect.stringMatching('line 3: a quoted field that never ends')]);
  });

  test('with a first line in a quote that never closes is refused', async () => {
    expect(await faultsOf(`"${header}`, row)).toEqual([
      'usage.csv is not usable:',
      expect.stringMatching('line 1: a quoted field that never ends'),
    ]);
  });
});

test('the survey counts reports and knows the months of each workspace', async () => {
  const second = row.replace('acme', 'beta').replace('2025-01-01T06:30:00.5Z', '2025-02-01T00:00:00Z');
  const third = row.replace('2025-01-01T06', '2025-03-01T06');
  const asked = { keep: false, everyMs: undefined };
  const surveyed = await survey(readUsageFile(file(header, second, third), Infinity), asked);
  expect(surveyed.reports).toBe(3);
  expect([...surveyed.workspaces].map(([workspace, { months }]) => [workspace, [...months.keys()]])).toEqual([
    ['acme', ['2025-01', '2025-02', '2025-03']],
    ['beta', ['2025-01']],
  ]);
  expect(surveyed.kept).toEqual([]);
});

describe('a file of prices', () => {
  test('is one instance type a row', async () => {
    const prices = file('instance_type,usd_per_minute,vcpu', 'T4x4x16,0.01052,4');
    await expect(readPriceFile(prices, '2025-01-01T00:00:00Z')).resolves.toEqual([
      { instanceType: 'T4x4x16', usdPerMinute: '0.01052', effectiveFrom: '2025-01-01T00:00:00Z' },
    ]);
  });

  test('with something else than a price is refused', async () => {
    const prices = file('instance_type,usd_per_minute', 'T4x4x16,cheap', 'T4 4,1');
    await expect(readPriceFile(prices, '2025-01-01T00:00:00Z')).rejects.toThrow(/line 2: usd_per_minute.*\n.*line 3/);
  });

  test('the one of the project holds 45 of them', async () => {
    const prices = await readPriceFile(path.resolve(__dirname, '../../sandbox/prices.csv'), '2025-01-01T00:00:00Z');
    expect(prices).toHaveLength(45);
  });
});
