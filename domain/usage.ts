// Usage reports as they come: one replica was in one phase from one instant to another.
import { type Complain, came, FaultList, isAbsent, readFields, readId, readInstant, readList, readOneOf } from './body';
import { isId } from './ids';
import { dayMs, formatInstant, minuteMs, parseInstant } from './period';

/** What a replica is doing. The order is fixed: a phase is stored as its index here. */
export const phases = ['deploying', 'scaling_up', 'serving', 'scaling_down', 'idle'] as const;
export type Phase = (typeof phases)[number];

/** One replica was in one phase from `fromMs` to `toMs` (epoch milliseconds, half-open). */
export type UsageReport = {
  readonly workspace: string;
  readonly model: string;
  readonly version: string;
  readonly replica: string;
  readonly instanceType: string;
  readonly phase: Phase;
  readonly fromMs: number;
  readonly toMs: number;
};

/** Reports with the source that they come from, and the instant up to which it says that it has reported everything. */
export type UsageBatch = {
  readonly source: string;
  readonly completeThroughMs?: number;
  readonly reports: readonly UsageReport[];
};

export const reportSpanMsMax = 31 * dayMs;
export const aheadMsMax = 5 * minuteMs;

const batchFields = ['source', 'completeThrough', 'reports'] as const;
const reportFields = ['workspace', 'model', 'version', 'replica', 'instanceType', 'phase', 'from', 'to'] as const;
const reportIds = ['workspace', 'model', 'version', 'replica', 'instanceType'] as const;

/**
 * Reads the body `{source, completeThrough?, reports}`. Throws `invalid_usage` with every fault by index and field:
 * unknown fields, malformed ids and instants, unknown phases, from not before to, spans over 31 days, times more than
 * five minutes after now.
 */
export function parseUsageBatch(body: unknown, { nowMs }: { readonly nowMs: number }): UsageBatch {
  const faults = new FaultList();
  const complain = faults.at();
  const fields = readFields(body, batchFields, complain);
  const source = fields && readId(fields.source, 'source', complain);
  const completeThroughMs = fields && readCompleteThrough(fields.completeThrough, nowMs, complain);
  const items = fields && readList(fields.reports, 'reports', complain);
  const reports = readReports(items ?? [], nowMs, faults);
  faults.throwIfAny('invalid_usage', 'the usage is');
  // Without a fault the source has been read.
  const read = { source: source ?? '', reports };
  return completeThroughMs === undefined ? read : { ...read, completeThroughMs };
}

/** Reads reports alone, in their order. Throws `invalid_usage` with every fault by index and field. */
export function parseReports(items: readonly unknown[], { nowMs }: { readonly nowMs: number }): UsageReport[] {
  const faults = new FaultList();
  const reports = readReports(items, nowMs, faults);
  faults.throwIfAny('invalid_usage', 'the usage is');
  return reports;
}

/**
 * Splits NDJSON into what `parseReports` and a batch's `reports` take: one item a line, blank lines left out. A line
 * that is not JSON becomes an item that they refuse, so that its fault is listed with those of the other lines.
 */
export function parseUsageLines(text: string): unknown[] {
  const items: unknown[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() !== '') items.push(parseLine(line));
  }
  return items;
}

class MalformedLine {
  constructor(readonly line: string) {}
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return new MalformedLine(line);
  }
}

function readCompleteThrough(value: unknown, nowMs: number, complain: Complain): number | undefined {
  if (isAbsent(value)) return undefined;
  const ms = readInstant(value, 'completeThrough', complain);
  if (ms !== undefined && ms > nowMs + aheadMsMax) complain('completeThrough', tooFarAhead(ms, nowMs));
  return ms;
}

function readReports(items: readonly unknown[], nowMs: number, faults: FaultList): UsageReport[] {
  const reports: UsageReport[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const report = readFlawless(item, nowMs) ?? readReport(item, nowMs, faults.at(index));
    if (report !== undefined) reports.push(report);
  }
  return reports;
}

// Nearly every report is right. This looks at one without building anything but the result (0.2 µs); one that does not
// pass here is read again by readReport, which decides and says what is wrong.
function readFlawless(item: unknown, nowMs: number): UsageReport | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { workspace, model, version, replica, instanceType, phase, from, to } = item as {
    readonly [name in (typeof reportFields)[number]]?: unknown;
  };
  if (!isId(workspace) || !isId(model) || !isId(version) || !isId(replica) || !isId(instanceType)) return undefined;
  if (!isPhase(phase) || typeof from !== 'string' || typeof to !== 'string') return undefined;
  const fromMs = parseInstant(from);
  const toMs = parseInstant(to);
  if (fromMs === undefined || toMs === undefined || fromMs >= toMs) return undefined;
  if (toMs - fromMs > reportSpanMsMax || toMs > nowMs + aheadMsMax) return undefined;
  if (countFields(item) !== reportFields.length) return undefined;
  return { workspace, model, version, replica, instanceType, phase, fromMs, toMs };
}

function countFields(item: object): number {
  let count = 0;
  for (const _ in item) count++;
  return count;
}

function isPhase(value: unknown): value is Phase {
  switch (value) {
    case 'serving':
    case 'deploying':
    case 'scaling_up':
    case 'scaling_down':
    case 'idle':
      return true;
    default:
      return false;
  }
}

function readReport(item: unknown, nowMs: number, complain: Complain): UsageReport | undefined {
  if (item instanceof MalformedLine) {
    complain('report', `expected a JSON object on one line, came ${came(item.line)}`);
    return undefined;
  }
  const fields = readFields(item, reportFields, (field, message) => complain(reportField(field), message));
  if (fields === undefined) return undefined;
  const [workspace, model, version, replica, instanceType] = reportIds.map((id) => readId(fields[id], id, complain));
  const phase = readOneOf(fields.phase, phases, 'phase', complain);
  const fromMs = readInstant(fields.from, 'from', complain);
  const toMs = readInstant(fields.to, 'to', complain);
  if (fromMs !== undefined && toMs !== undefined) checkInterval({ fromMs, toMs, nowMs }, complain);
  if (!workspace || !model || !version || !replica || !instanceType || !phase) return undefined;
  if (fromMs === undefined || toMs === undefined) return undefined;
  return { workspace, model, version, replica, instanceType, phase, fromMs, toMs };
}

function reportField(field: string): string {
  return field === 'body' ? 'report' : field;
}

function checkInterval(
  { fromMs, toMs, nowMs }: { readonly fromMs: number; readonly toMs: number; readonly nowMs: number },
  complain: Complain,
): void {
  if (fromMs >= toMs) {
    complain('to', `expected an instant after from (${formatInstant(fromMs)}), came ${formatInstant(toMs)}`);
  }
  if (toMs - fromMs > reportSpanMsMax) {
    const days = Math.ceil((toMs - fromMs) / dayMs);
    complain('to', `expected at most 31 days after from, came ${days} days; cut the report`);
  }
  if (fromMs > nowMs + aheadMsMax) complain('from', tooFarAhead(fromMs, nowMs));
  if (toMs > nowMs + aheadMsMax) complain('to', tooFarAhead(toMs, nowMs));
}

function tooFarAhead(ms: number, nowMs: number): string {
  return `expected at most 5 minutes after now (${formatInstant(nowMs)}), came ${formatInstant(ms)}`;
}
