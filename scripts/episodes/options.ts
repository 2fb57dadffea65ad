// What `npm run guard-episodes` was asked for.

import { parseArgs } from 'node:util';
import type { EpisodesOf } from '../../db/guard/episodes';
import { isId } from '../../domain/ids';
import { dayMs, parseInstant } from '../../domain/period';

export const usage = `npm run guard-episodes -- [options]

Prints each time that models ran on without credits and without a payment method, the newest first: when the credits were gone,
when that was noticed, commanded, confirmed and over, and what it came to; then how that spread. It reads the database of
DATABASE_URL, or that of a Minutebook which npm start started.

  --from INSTANT   that begin then or later (default: 30 days ago), RFC 3339
  --to INSTANT     that begin before then (default: now)
  --workspace ID   of one workspace (default: of all)
  --limit N        how many to print, at most 1000 (default: 50); the spread is of all of them
  --json           as JSON, amounts in US dollars with nine decimals`;

export type Options = EpisodesOf & { readonly limit: number; readonly isJson: boolean };

const flags = {
  from: { type: 'string' },
  to: { type: 'string' },
  workspace: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Undefined where help was asked for. Throws an Error that says what was expected. */
export function readOptions(args: readonly string[], nowMs: number): Options | undefined {
  const { from, to, workspace = null, limit = '50', json = false, help } = parse(args);
  if (help) return undefined;
  const toMs = to === undefined ? nowMs : instantOf('--to', to);
  const fromMs = from === undefined ? toMs - 30 * dayMs : instantOf('--from', from);
  if (fromMs >= toMs) throw new Error('--to: expected an instant after --from');
  if (workspace !== null && !isId(workspace))
    throw new Error(`--workspace: expected a workspace's id, came ${workspace}`);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1000)
    throw new Error(`--limit: expected a whole number from 1 to 1000, came ${limit}`);
  return { workspace, fromMs, toMs, limit: Number(limit), isJson: json };
}

function instantOf(flag: string, text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw new Error(`${flag}: expected an instant such as 2026-11-01T00:00:00Z, came ${text}`);
  return ms;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${usage}`, { cause: error });
  }
}
