// The story of a replay: look through the file, prepare, send, say that this was all, wait for the invoices, compare.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { type Client, createClient } from '../client/http';
import { formatInstant, monthEndMs } from '../domain/period';
import { aheadMsMax, type UsageReport } from '../domain/usage';
import { type Account, accountsOf, countBeforeStart } from './accounts';
import { ReplayError } from './errors';
import { readDlrmTrace } from './files/dlrm-trace';
import { readUsageFile } from './files/usage-file';
import type { ReplayOptions } from './options';
import { assertAnswering, findStarts, prepareTrace } from './preparation';
import { showProgress } from './progress';
import { closingTable } from './result/closing-table';
import { judge, readExpectation } from './result/expectation';
import { findingsOf } from './result/findings';
import { alreadyInvoiced, awaitInvoices } from './result/invoices';
import type { RunningMinutebook } from './running-minutebook';
import { needsAll, planSending, type SendingPlan, sendChunks } from './sending/sending';
import { type Survey, survey } from './survey';
import { plural } from './wording';

const patienceMs = 5 * 60_000;

/** Answers whether everything was billed, and as expected. Throws ReplayError where the caller has to mend something. */
export async function replay(
  minutebook: RunningMinutebook,
  projectDirectory: string,
  options: ReplayOptions,
): Promise<boolean> {
  const beganAt = Date.now();
  const expected = options.expect === undefined ? undefined : readExpectation(options.expect);
  const reread = () => readReports(options, beganAt);
  const surveyed = await survey(reread(), { keep: needsAll(options), everyMs: options.everyMs });
  if (surveyed.reports === 0) throw new ReplayError(`${path.basename(options.file)} holds no usage`);
  const source = options.source ?? (await sourceOf(options.file));
  console.log(describe(surveyed, source, minutebook));

  await assertAnswering(minutebook);
  const client = createClient({ ...minutebook, patienceMs, onRetry: sayRetry });
  if (options.isTrace) await prepareTrace(client, projectDirectory, options);
  const starts = await findStarts(client, surveyed);
  const beforeStart = await countBeforeStart(surveyed, starts, reread);
  const { ended, running } = accountsOf(surveyed, starts, beganAt);
  const before = await alreadyInvoiced(client, ended);

  const preparedAt = Date.now();
  const quarantined = await send(client, {
    source,
    plan: planSending(surveyed, reread, options),
    repeat: options.repeat,
  });
  await markComplete(client, source, ended);
  const sentAt = Date.now();

  const bar = showProgress('Invoices', ended.length);
  const outcome = await awaitInvoices(client, ended, { waitMs: options.waitMs, onBilled: () => bar.add(1) });
  bar.finish();
  const billedAt = Date.now();

  if (outcome.billed.length > 0) console.log(`\n${closingTable(outcome.billed)}\n`);
  const unknown = [...surveyed.workspaces.keys()].filter((workspace) => !starts.has(workspace));
  const findings = findingsOf({ outcome, unknown, beforeStart, running, quarantined, before });
  for (const line of findings.lines) console.log(line);
  const verdict = expected === undefined ? undefined : judge(expected, outcome.billed);
  if (verdict !== undefined) console.log(verdict.says);
  console.log(timing({ beganAt, preparedAt, sentAt, billedAt }));
  return findings.isWhole && verdict?.holds !== false;
}

function readReports({ isTrace, file }: ReplayOptions, nowMs: number): AsyncIterable<UsageReport> {
  return isTrace ? readDlrmTrace(file) : readUsageFile(file, nowMs + aheadMsMax);
}

// The same file is the same source, also on a second run. Another file is another: it has not reported everything just
// because this one has.
async function sourceOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  const name = path
    .basename(file)
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .slice(0, 80);
  return `replay:${name}:${hash.digest('hex').slice(0, 12)}`;
}

function describe({ reports, workspaces }: Survey, source: string, { url }: RunningMinutebook): string {
  const months = [...new Set([...workspaces.values()].flatMap((each) => [...each.months.keys()]))].sort();
  const span = months.length === 1 ? months[0] : `${months[0]} to ${months.at(-1)}`;
  return `${plural(reports, 'report')} of ${plural(workspaces.size, 'workspace')} in ${span}, from source ${source} to ${url}`;
}

type Sending = { readonly source: string; readonly plan: SendingPlan; readonly repeat: number };

async function send(client: Client, { source, plan, repeat }: Sending): Promise<number> {
  const bar = showProgress('Reports', plan.count * repeat);
  let quarantined = 0;
  for (let time = 0; time < repeat; time++) {
    quarantined = await sendChunks(client, source, plan.chunks(), (count) => bar.add(count));
  }
  bar.finish();
  return quarantined;
}

// Only ended months can be complete. Said last, and alone: it is true once everything else has been committed.
async function markComplete(client: Client, source: string, ended: readonly Account[]): Promise<void> {
  const last = ended
    .map(({ month }) => month)
    .sort()
    .at(-1);
  if (last === undefined) return;
  await client.recordUsage({ source, completeThrough: formatInstant(monthEndMs(last)), reports: [] });
}

function sayRetry(failure: Error, waitMs: number): void {
  // A line of its own below a bar; the bar is drawn again.
  console.error(`\n${failure.message}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
}

type Moments = { readonly [moment in 'beganAt' | 'preparedAt' | 'sentAt' | 'billedAt']: number };

function timing({ beganAt, preparedAt, sentAt, billedAt }: Moments): string {
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
  return [
    `Sending ${seconds(preparedAt, sentAt)}`,
    `from the last report to the last invoice ${seconds(sentAt, billedAt)}`,
    `whole ${seconds(beganAt, billedAt)}.`,
  ].join(', ');
}
