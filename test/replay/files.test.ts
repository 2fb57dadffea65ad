import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { UsageReport } from '../../domain/usage';
import { readPriceFile } from '../../replay/files/price-file';
import { readUsageFile } from '../../replay/files/usage-file';
import { ReplayError } from '../../replay/options';
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
    ['an id with a space', row.replace('chat', 'chat 7b'), /line 3: model: expected 1 to 128 .* came chat 7b/],
    ['an unknown phase', row.replace('serving', 'sleeping'), /line 3: phase: .* came sleeping/],
    ['no time', row.replace('2025-01-01T06:30:00.5Z', ''), /line 3: to: /],
    ['a time without zone', row.replace('00Z', '00'), /line 3: from: /],
    ['an end before its beginning', row.replace('2025-01-01T06', '2024-12-31T06'), /line 3: to: .* after from/],
    ['an end in the future', row.replace('2025-01-01T06', '2026-01-01T06'), /line 3: to: .* no later than/],
    ['a column too few', row.replace(',serving', ''), /Invalid Record Length/],
  ])('with %s is refused, with the line', async (_, bad, message) => {
    await expect(read(header, row, bad)).rejects.toThrow(message);
    await expect(read(header, row, bad)).rejects.toBeInstanceOf(ReplayError);
  });

  test('without a column is refused by its name', async () => {
    await expect(read('workspace,model,version,replica,phase,from,to', row)).rejects.toThrow('column instance_type');
  });

  test('names the first twenty faults', async () => {
    const bad = row.replace('serving', 'x');
    const error = await read(header, ...Array.from({ length: 100 }, () => bad)).catch((caught: unknown) => caught);
    expect((error as Error).message.split('\n')).toHaveLength(21);
  });
});

test('the survey counts reports and knows the months of each workspace', async () => {
  const second = row.replace('acme', 'beta').replace('2025-01-01T06:30:00.5Z', '2025-02-01T00:00:00Z');
  const third = row.replace('2025-01-01T06', '2025-03-01T06');
  const surveyed = await survey(readUsageFile(file(header, second, third), Infinity), { keep: false });
  expect(surveyed.reports).toBe(3);
  expect([...surveyed.workspaces]).toEqual([
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
