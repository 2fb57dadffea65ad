// Every statement of the source, as it is prepared: the modules that make statements are loaded, and say what they make.
import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { madeStatements } from '../../../db/connection/statement';

export type Made = {
  /** File and declaration: `db/billing/grants.ts selectGrants`. A declaration that makes several has several. */
  readonly name: string;
  readonly sql: string;
  readonly parameters: readonly string[];
};

export const root = path.resolve(__dirname, '../../..');

const statementFile = path.join('db', 'connection', 'statement.ts');
const folders = ['db', 'runtime', 'api', 'activities', 'commands', 'workers', 'scripts', 'cli', 'client'];

/** Files that make statements, with the declarations that do. */
export function makersIn(): ReadonlyMap<string, readonly string[]> {
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
  );
  const makers = files
    .filter((file) => file.endsWith('.ts') && file !== statementFile)
    .map((file) => [file, makersOf(readFileSync(path.join(root, file), 'utf8'))] as const);
  return new Map(makers.filter(([, names]) => names.length > 0));
}

function makersOf(text: string): readonly string[] {
  const lines = text.split('\n');
  const calling = lines.flatMap((line, at) =>
    /(?<!typeof )\bstatement(?:<.*>)?\(`?|^ *statement</.test(line) ? [at + 1] : [],
  );
  return [...new Set(calling.map((line) => declarationAt(lines, line)))];
}

/** The top-level declaration that a line is of. */
function declarationAt(lines: readonly string[], line: number): string {
  const before = lines.slice(0, line).reverse();
  const found = before.map((each) => /^(?:export )?(?:const|function) (\w+)/.exec(each)).find((each) => each !== null);
  return found?.[1] ?? '';
}

/** Gathers what is made from now on; to be called before anything of db/ is loaded. */
export function gatherStatements(): readonly Made[] {
  const gathered: Made[] = [];
  subscribe(madeStatements, (message) => {
    const { sql, names } = message as { sql: string; names: readonly string[] };
    gathered.push({ name: makerOf(new Error().stack ?? ''), sql, parameters: names });
  });
  return gathered;
}

/** The declaration whose line called `statement`. */
function makerOf(stack: string): string {
  const frames = [...stack.matchAll(/\(?(\/[^()\n]+\.ts):(\d+):\d+\)?$/gm)].map(([, file = '', line = '0']) => ({
    file: path.relative(root, file),
    line: Number(line),
  }));
  const inside = frames.findIndex(({ file }) => file === statementFile);
  const maker = frames[inside + 1];
  if (inside < 0 || maker === undefined) throw new Error(`no caller of statement() in ${stack}`);
  const lines = readFileSync(path.join(root, maker.file), 'utf8').split('\n');
  return `${maker.file} ${declarationAt(lines, maker.line)}`;
}
