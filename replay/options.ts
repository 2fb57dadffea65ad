// What `npm run replay` was asked for.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { dayMs, hourMs, minuteMs } from '../domain/period';
import { ReplayError } from './errors';
import { readName } from './ids';

export const usage = `npm run replay -- FILE [options]

Bills a file of usage against a running Minutebook (npm start, or MINUTEBOOK_URL and MINUTEBOOK_KEY), over HTTP.
FILE is a CSV of workspace,model,version,replica,instance_type,phase,from,to (times RFC 3339), or a trace.

  --trace dlrm     FILE is the DLRM trace of Alibaba's cluster-trace-gpu-v2025: its workspaces, prices and terms are made
  --prices FILE    with --trace: prices as instance_type,usd_per_minute (default: sandbox/prices.csv)
  --expect FILE    compare with expected figures (JSON), to the nano-dollar; exit code 1 on any difference
  --every 1h       cut the reports into heartbeats of that length, sent in the order of time (also 15s, 30m, 1d)
  --shuffle SEED   send in another order, the same for the same seed
  --repeat N       send everything N times
  --source NAME    who reports (default: derived from the file, so that the same file is the same source)
  --batch N        reports a request (default: 500, or 5000 with --every)
  --wait 15m       how long to wait for the invoices`;

export type ReplayOptions = {
  readonly file: string;
  readonly isTrace: boolean;
  readonly prices: string | undefined;
  readonly expect: string | undefined;
  readonly everyMs: number | undefined;
  readonly seed: number | undefined;
  readonly repeat: number;
  readonly source: string | undefined;
  readonly batch: number;
  readonly waitMs: number;
};

const flags = {
  trace: { type: 'string' },
  prices: { type: 'string' },
  expect: { type: 'string' },
  every: { type: 'string' },
  shuffle: { type: 'string' },
  repeat: { type: 'string' },
  source: { type: 'string' },
  batch: { type: 'string' },
  wait: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Undefined where help was asked for. Files are looked for in each of the directories. Throws ReplayError. */
export function readOptions(args: readonly string[], directories: readonly string[]): ReplayOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [file, ...rest] = positionals;
  if (file === undefined) throw new ReplayError(`expected a file of usage\n\n${usage}`);
  if (rest.length > 0) throw new ReplayError(`expected one file, came ${positionals.join(' ')}`);
  if (values.trace !== undefined && values.trace !== 'dlrm') {
    throw new ReplayError(`--trace: expected dlrm, came ${values.trace}`);
  }
  if (values.prices !== undefined && values.trace === undefined) {
    throw new ReplayError('--prices goes with --trace: a CSV of usage is billed at the prices that are there');
  }
  if (values.source !== undefined) readName({ what: '--source', text: values.source }, refuse);
  const find = (name: string | undefined) => (name === undefined ? undefined : findFile(name, directories));
  const everyMs = values.every === undefined ? undefined : readDuration('--every', values.every);
  return {
    file: findFile(file, directories),
    isTrace: values.trace !== undefined,
    prices: find(values.prices),
    expect: find(values.expect),
    everyMs,
    seed: values.shuffle === undefined ? undefined : readWhole('--shuffle', values.shuffle, 0, 2 ** 32 - 1),
    repeat: readWhole('--repeat', values.repeat ?? '1', 1, 1000),
    source: values.source,
    batch: readWhole('--batch', values.batch ?? (everyMs === undefined ? '500' : '5000'), 1, 50_000),
    waitMs: readDuration('--wait', values.wait ?? '15m'),
  };
}

function refuse(message: string): never {
  throw new ReplayError(message);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true, strict: true });
  } catch (error) {
    throw new ReplayError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

function findFile(name: string, directories: readonly string[]): string {
  const found = directories.map((directory) => path.resolve(directory, name)).find((file) => existsSync(file));
  if (found === undefined) throw new ReplayError(`there is no file ${path.resolve(directories[0] ?? '', name)}`);
  return found;
}

const unitsMs: { readonly [unit: string]: number } = { s: 1000, m: minuteMs, h: hourMs, d: dayMs };

function readDuration(flag: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (unitsMs[unit] ?? 0);
  if (ms > 0 && ms <= 31 * dayMs) return ms;
  throw new ReplayError(`${flag}: expected a duration such as 15s, 30m, 1h or 1d, at most 31d, came ${text}`);
}

function readWhole(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new ReplayError(`${flag}: expected a whole number from ${min} to ${max}, came ${text}`);
}
