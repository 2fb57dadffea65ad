// A CSV of usage: one report a row.

import { formatInstant, parseInstant } from '../../domain/period';
import { phases, reportSpanMsMax, type UsageReport } from '../../domain/usage';
import { type Complain, readId, readName } from '../ids';
import { type CsvRow, readCsv } from './csv-rows';

const nameColumns = ['model', 'version', 'replica', 'instance_type'] as const;
const columns = ['workspace', ...nameColumns, 'phase', 'from', 'to'] as const;
type Row = CsvRow<(typeof columns)[number]>;

/** The file's reports in its order. One longer than the API takes is cut: that alters no minute. */
export function readUsageFile(file: string, latestMs: number): AsyncIterable<UsageReport> {
  return readCsv(file, columns, (row, complain) => readUsageRow(row, latestMs, complain));
}

export function readUsageRow(row: Row, latestMs: number, complain: Complain): readonly UsageReport[] {
  const workspace = readId({ what: 'workspace', text: row.workspace }, complain);
  const [model, version, replica, instanceType] = nameColumns.map((column) =>
    readName({ what: column, text: row[column] }, complain),
  );
  const phase = phases.find((each) => each === row.phase);
  if (phase === undefined) complain(`phase: expected one of ${phases.join(', ')}, came ${row.phase}`);
  const fromMs = readInstant(row, 'from', complain);
  const toMs = readInstant(row, 'to', complain);
  if (fromMs === undefined || toMs === undefined) return [];
  if (fromMs >= toMs) complain(`to: expected an instant after from, came ${row.to}`);
  if (toMs > latestMs) complain(`to: expected no later than ${formatInstant(latestMs)}, came ${row.to}`);
  if (!workspace || !model || !version || !replica || !instanceType || !phase) return [];
  return cutLong({ workspace, model, version, replica, instanceType, phase, fromMs, toMs });
}

function cutLong(report: UsageReport): UsageReport[] {
  const cuts: UsageReport[] = [];
  for (let fromMs = report.fromMs; fromMs < report.toMs; fromMs += reportSpanMsMax) {
    cuts.push({ ...report, fromMs, toMs: Math.min(report.toMs, fromMs + reportSpanMsMax) });
  }
  return cuts;
}

function readInstant(row: Row, column: 'from' | 'to', complain: Complain): number | undefined {
  const ms = parseInstant(row[column]);
  if (ms === undefined) complain(`${column}: expected an instant such as 2025-01-31T23:59:00Z, came ${row[column]}`);
  return ms;
}
