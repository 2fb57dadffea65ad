// Usage reports as they come: one replica was in one phase from one instant to another.
import {
  type Complain,
  FaultList,
  isAbsent,
  readFields,
  readId,
  readInstant,
  readList,
  readName,
  readOneOf,
} from './body';
import { isId, isName } from './ids';
import { dayMs, formatInstant, type Month, minuteMs, monthOf, monthsFrom, parseInstant } from './period';

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
  /** How many came without length (from = to): right, and nothing to store. */
  readonly ignored?: number;
};

/** The months that a report touches: up to its last instant, as its end is not part of it. */
export function monthsTouched({ fromMs, toMs }: Pick<UsageReport, 'fromMs' | 'toMs'>): readonly Month[] {
  const first = monthOf(fromMs);
  const last = monthOf(toMs - 1);
  return first === last ? [first] : monthsFrom(first, last);
}

export const reportSpanMsMax = 31 * dayMs;
export const aheadMsMax = 5 * minuteMs;

const batchFields = ['source', 'completeThrough', 'reports'] as const;
const reportFields = ['workspace', 'model', 'version', 'replica', 'instanceType', 'phase', 'from', 'to'] as const;
const names = ['model', 'version', 'replica', 'instanceType'] as const;

/**
 * Reads the body `{source, completeThrough?, reports}`. Throws `invalid_usage` with its faults by index and field:
 * unknown fields, malformed ids, names and instants, unknown phases, from after to, spans over 31 days, times more than
 * five minutes after now.
 */
export function parseUsageBatch(body: unknown, { nowMs }: { readonly nowMs: number }): UsageBatch {
  const reader = new UsageReader({ nowMs });
  const { reports } = (typeof body === 'object' && body !== null ? body : {}) as { readonly reports?: unknown };
  if (Array.isArray(reports)) reader.addAll(reports);
  return reader.finish(body);
}

/** Judges reports while they are read, so that nobody has to hold a whole body, or to read one on that is refused anyway. */
export class UsageReader {
  readonly #times: Times;
  readonly #faults = new FaultList();
  readonly #reports: UsageReport[] = [];
  readonly #firstIndex: number;
  #index: number;
  #ignored = 0;

  /** `firstIndex`: of the first report in what came as one, where it is judged in parts. */
  constructor({ nowMs, firstIndex = 0 }: { readonly nowMs: number; readonly firstIndex?: number }) {
    this.#times = { nowMs, from: new LastInstant(), to: new LastInstant() };
    this.#firstIndex = firstIndex;
    this.#index = firstIndex;
  }

  /** Whether so many faults were found that reading on is of no use. */
  get isFull(): boolean {
    return this.#faults.isFull;
  }

  /** Of the next report. */
  get index(): number {
    return this.#index;
  }

  /** How many were read. */
  get count(): number {
    return this.#index - this.#firstIndex;
  }

  /** How many came without length. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Reports in their order; stops at the fault that fills the list. */
  addAll(items: readonly unknown[]): void {
    for (let at = 0; at < items.length && !this.#faults.isFull; at++) this.add(items[at]);
  }

  /** Answers the report where it is right and has a length. */
  add(item: unknown): UsageReport | undefined {
    const index = this.#index++;
    const report = readFlawless(item, this.#times) ?? readReport(item, this.#times.nowMs, this.#faults.at(index));
    if (report === undefined) return undefined;
    if (report.fromMs !== report.toMs) {
      this.#reports.push(report);
      return report;
    }
    this.#ignored++;
    return undefined;
  }

  /** Counts what stands in a report's place and is none, with what is wrong with it. */
  addFault(message: string): void {
    this.pass()('report', message);
  }

  /** Counts what stands in a report's place and is none; answers how to complain of it. */
  pass(): Complain {
    return this.#faults.at(this.#index++);
  }

  /** A way to complain of what stands around the reports. */
  complain(): Complain {
    return this.#faults.at();
  }

  /** The batch, with what `{source, completeThrough?, reports}` says beside its reports. Throws `invalid_usage`. */
  finish(body: unknown): UsageBatch {
    // After the thousandth fault the rest was not read.
    if (this.isFull) this.refuse();
    const complain = this.#faults.at();
    const fields = readFields(body, batchFields, complain);
    const source = fields && readName(fields.source, 'source', complain);
    const completeThroughMs = fields && readCompleteThrough(fields.completeThrough, this.#times.nowMs, complain);
    if (fields) readList(fields.reports, 'reports', complain);
    this.refuse();
    // Without a fault the source has been read.
    const read = { source: source ?? '', reports: this.#reports, ignored: this.#ignored };
    return completeThroughMs === undefined ? read : { ...read, completeThroughMs };
  }

  /** Throws `invalid_usage` where any fault was found. */
  refuse(): void {
    const what = this.#firstIndex === 0 ? 'the usage is' : `the usage from report ${this.#firstIndex} on is`;
    this.#faults.throwIfAny('invalid_usage', what);
  }
}

/** Up to when a source has reported everything; undefined where it does not say. */
export function readCompleteThrough(value: unknown, nowMs: number, complain: Complain): number | undefined {
  if (isAbsent(value)) return undefined;
  const ms = readInstant(value, 'completeThrough', complain);
  if (ms !== undefined && ms > nowMs + aheadMsMax) complain('completeThrough', tooFarAhead(ms, nowMs));
  return ms;
}

// Nearly every report is right. This looks at one without building anything but the result (0.2 µs); one that does not
// pass here is read again by readReport, which decides and says what is wrong.
function readFlawless(item: unknown, times: Times): UsageReport | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { workspace, model, version, replica, instanceType, phase, from, to } = item as {
    readonly [name in (typeof reportFields)[number]]?: unknown;
  };
  if (!isId(workspace) || !isName(model) || !isName(version)) return undefined;
  if (!isName(replica) || !isName(instanceType)) return undefined;
  if (!isPhase(phase) || typeof from !== 'string' || typeof to !== 'string') return undefined;
  const fromMs = times.from.read(from);
  const toMs = times.to.read(to);
  if (fromMs === undefined || toMs === undefined || fromMs > toMs) return undefined;
  if (toMs - fromMs > reportSpanMsMax || toMs > times.nowMs + aheadMsMax) return undefined;
  if (countFields(item) !== reportFields.length) return undefined;
  return { workspace, model, version, replica, instanceType, phase, fromMs, toMs };
}

// The reports of a batch are mostly of the same minutes: the instant of the one before is read again by comparing.
class LastInstant {
  #text = '';
  #ms: number | undefined;

  read(text: string): number | undefined {
    if (text !== this.#text) [this.#text, this.#ms] = [text, parseInstant(text)];
    return this.#ms;
  }
}

type Times = { readonly nowMs: number; readonly from: LastInstant; readonly to: LastInstant };

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
  const fields = readFields(item, reportFields, (field, message) => complain(reportField(field), message));
  if (fields === undefined) return undefined;
  const workspace = readId(fields.workspace, 'workspace', complain);
  const [model, version, replica, instanceType] = names.map((name) => readName(fields[name], name, complain));
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
  if (fromMs > toMs) {
    complain('to', `expected an instant not before from (${formatInstant(fromMs)}), came ${formatInstant(toMs)}`);
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
