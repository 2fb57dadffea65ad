import { dayMs } from '../../domain/period';
import type { UsageReport } from '../../domain/usage';
import { accountsOf, countBeforeStart } from '../../replay/accounts';
import { survey } from '../../replay/survey';

const at = (text: string) => Date.parse(`${text}T00:00:00Z`);
const nowMs = at('2025-03-10');

function report(from: string, to: string, workspace = 'acme'): UsageReport {
  const facts = { model: 'chat', version: 'v1', replica: 'r-0', instanceType: 'T4', phase: 'serving' as const };
  return { workspace, ...facts, fromMs: at(from), toMs: at(to) };
}

async function* stream(reports: readonly UsageReport[]): AsyncGenerator<UsageReport> {
  yield* reports;
}

async function monthsOf(reports: readonly UsageReport[], startsAt: string, everyMs?: number) {
  const surveyed = await survey(stream(reports), { keep: false, everyMs });
  const { ended, running } = accountsOf(surveyed, new Map([['acme', at(startsAt)]]), nowMs);
  return { ended: ended.map(({ month }) => month), running: running.map(({ month }) => month) };
}

const overFebruary = report('2025-01-20', '2025-02-10');

test('months of a workspace are waited for since it began', async () => {
  const reports = [
    report('2025-01-01', '2025-01-02'),
    report('2025-02-03', '2025-02-04'),
    report('2025-03-01', '2025-03-02'),
  ];
  expect(await monthsOf(reports, '2025-01-01')).toEqual({ ended: ['2025-01', '2025-02'], running: ['2025-03'] });
  expect(await monthsOf(reports, '2025-02-02')).toEqual({ ended: ['2025-02'], running: ['2025-03'] });
});

test('a report that begins before its workspace is not billed whole, so the months it reaches into are not waited for', async () => {
  expect(await monthsOf([overFebruary], '2025-02-01')).toEqual({ ended: [], running: [] });
  expect(await monthsOf([overFebruary, report('2025-02-01', '2025-02-02')], '2025-02-01')).toEqual({
    ended: ['2025-02'],
    running: [],
  });
});

test('cut into heartbeats, those since the beginning are billed', async () => {
  expect(await monthsOf([overFebruary], '2025-02-01', dayMs)).toEqual({ ended: ['2025-02'], running: [] });
  expect(await monthsOf([overFebruary], '2025-01-31', dayMs)).toEqual({ ended: ['2025-01', '2025-02'], running: [] });
  expect(await monthsOf([report('2025-01-20', '2025-01-31')], '2025-01-31', dayMs)).toEqual({ ended: [], running: [] });
});

test('a workspace that is not there has no months', async () => {
  const surveyed = await survey(stream([overFebruary]), { keep: false, everyMs: undefined });
  expect(accountsOf(surveyed, new Map(), nowMs)).toEqual({ ended: [], running: [] });
});

test('reports before the beginning are counted; a file without any is not read again', async () => {
  const reports = [
    overFebruary,
    report('2025-01-31', '2025-02-01'),
    report('2025-02-01', '2025-02-02'),
    report('2025-01-01', '2025-01-02', 'beta'),
  ];
  const surveyed = await survey(stream(reports), { keep: false, everyMs: undefined });
  const starts = new Map([
    ['acme', at('2025-02-01')],
    ['beta', at('2025-01-01')],
  ]);
  expect(await countBeforeStart(surveyed, starts, () => stream(reports))).toEqual([
    { workspace: 'acme', startsAtMs: at('2025-02-01'), reports: 2 },
  ]);
  const never = () => {
    throw new Error('read again');
  };
  expect(await countBeforeStart(surveyed, new Map([['acme', at('2025-01-20')]]), never)).toEqual([]);
});
