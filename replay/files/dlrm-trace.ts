// Production serving of recommendation models, as Alibaba published it (cluster-trace-gpu-v2025), read as usage: one row
// is one replica of one month, which becomes January 2025 here.

import type { TermsEntry } from '../../contract/terms';
import type { WorkspaceEntry } from '../../contract/workspaces';
import { type Month, monthEndMs, monthStartMs } from '../../domain/period';
import type { Phase, UsageReport } from '../../domain/usage';
import { type Complain, readName } from '../ids';
import { type CsvRow, readCsv } from './csv-rows';

export const dlrmMonth: Month = '2025-01';
export const dlrmStart = '2025-01-01T00:00:00Z';
const startMs = monthStartMs(dlrmMonth);
const endMs = monthEndMs(dlrmMonth);
const workspaceCount = 24;

const times = ['creation_time', 'scheduled_time', 'deletion_time'] as const;
const columns = ['instance_sn', 'role', 'app_name', 'cpu_request', ...times] as const;
type Row = CsvRow<(typeof columns)[number]>;

export function readDlrmTrace(file: string): AsyncIterable<UsageReport> {
  return readCsv(file, columns, readDlrmRow);
}

/** At most two reports: deploying until it was scheduled, serving from then on; times not given are the month's ends. */
export function readDlrmRow(row: Row, complain: Complain): readonly UsageReport[] {
  const app = /^app_(\d{1,9})$/.exec(row.app_name)?.[1];
  if (app === undefined) complain(`app_name: expected app_ and a number, came ${row.app_name}`);
  const role = roleOf(row, complain);
  const createdMs = readSecond(row, 'creation_time', complain);
  const scheduledMs = readSecond(row, 'scheduled_time', complain);
  const deletedMs = readSecond(row, 'deletion_time', complain) ?? endMs;
  const replica = readName({ what: 'instance_sn', text: row.instance_sn }, complain);
  if (app === undefined || role === undefined || replica === undefined) return [];

  const facts = { workspace: workspaceOf(Number(app)), model: `app_${app}`, replica, ...role };
  const report = (phase: Phase, fromMs: number, toMs: number): UsageReport[] => {
    if (fromMs > toMs) complain(`${phase}: expected its end not before its beginning`);
    return fromMs < toMs ? [{ ...facts, phase, fromMs, toMs }] : [];
  };
  return [
    ...(createdMs === undefined || scheduledMs === undefined ? [] : report('deploying', createdMs, scheduledMs)),
    ...report('serving', scheduledMs ?? startMs, deletedMs),
  ];
}

// HN: nodes with a GPU. CN: nodes with CPUs alone. What a replica asks for decides the smallest instance that holds it.
function roleOf(row: Row, complain: Complain): { version: string; instanceType: string } | undefined {
  const cpus = Number(row.cpu_request || Number.NaN);
  if (!(cpus >= 0)) complain(`cpu_request: expected a number, came ${row.cpu_request}`);
  switch (row.role) {
    case 'HN':
      return { version: 'gpu', instanceType: cpus <= 4 ? 'A10Gx4x16' : cpus <= 8 ? 'A10Gx8x32' : 'A10Gx16x64' };
    case 'CN':
      return { version: 'cpu', instanceType: cpus <= 48 ? '8x32' : '16x64' };
    default:
      complain(`role: expected HN or CN, came ${row.role}`);
      return undefined;
  }
}

// Seconds since the month's start. Some carry floating-point noise (475.00000000000006), far below the millisecond.
function readSecond(row: Row, column: (typeof times)[number], complain: Complain): number | undefined {
  const text = row[column];
  if (text === '') return undefined;
  const seconds = Number(text);
  if (seconds >= 0 && seconds <= (endMs - startMs) / 1000) return startMs + Math.round(seconds * 1000);
  complain(`${column}: expected seconds since the month's start, within it, came ${text}`);
  return undefined;
}

function workspaceOf(app: number): string {
  return workspaceId(app % workspaceCount);
}

function workspaceId(number: number): string {
  return `trace-${String(number).padStart(2, '0')}`;
}

export type Account = { readonly id: string; readonly entry: WorkspaceEntry; readonly terms: TermsEntry | undefined };

/** The customers that the trace's models are dealt out to, four of them with volume tiers, four with a program. */
export function dlrmAccounts(): readonly Account[] {
  return Array.from({ length: workspaceCount }, (_, number) => {
    const id = workspaceId(number);
    const entry = { name: `Trace ${id.slice(-2)}`, billingEmail: `billing@${id}.example`, startsAt: dlrmStart };
    return { id, entry, terms: termsOf(number) };
  });
}

const enterpriseTiers = [
  { upTo: '10000', percent: 0 },
  { upTo: '50000', percent: 10 },
  { upTo: '250000', percent: 20 },
  { upTo: null, percent: 30 },
];

function termsOf(number: number): TermsEntry | undefined {
  const effectiveFrom = dlrmStart;
  if (number < 4) return { effectiveFrom, plan: 'enterprise', volumeTiers: enterpriseTiers };
  if (number < 6) {
    return { effectiveFrom, plan: 'education', programDiscount: { kind: 'education', percent: 50 } };
  }
  if (number < 8) {
    return { effectiveFrom, plan: 'nonprofit', programDiscount: { kind: 'nonprofit', percent: 20 } };
  }
  return undefined;
}
