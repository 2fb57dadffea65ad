// What `npm run trial-balance` was asked for.

import { parseArgs } from 'node:util';
import { isId } from '../../domain/ids';
import { type Month, parseMonth } from '../../domain/period';

export const usage = `npm run trial-balance -- [options]

Prints what was posted to each account, month by month, and checks that the books add up: exit code 1 where they do not.
It reads the database of DATABASE_URL, or that of a Minutebook which npm start started.

  --month YYYY-MM  print one month; everything is checked all the same
  --workspace ID   of one workspace (default: of all)
  --json           as JSON, amounts in US dollars with nine decimals`;

export type Options = { readonly month: Month | null; readonly workspace: string | null; readonly isJson: boolean };

const flags = {
  month: { type: 'string' },
  workspace: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Undefined where help was asked for. Throws an Error that says what was expected. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { month = null, workspace = null, json = false, help } = parse(args);
  if (help) return undefined;
  if (month !== null && parseMonth(month) === undefined) throw new Error(`--month: expected YYYY-MM, came ${month}`);
  if (workspace !== null && !isId(workspace))
    throw new Error(`--workspace: expected a workspace's id, came ${workspace}`);
  return { month, workspace, isJson: json };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${usage}`, { cause: error });
  }
}
