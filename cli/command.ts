// What a command of the CLI is: its words, what it takes, and what it does with a client. One file a group, in commands/.
import type { Client } from '../client/http';
import type { Saved } from './saved';

/** An option of a command: `--period 2026-10`. */
export type Option = {
  /** What stands behind it in the help, such as `YYYY-MM`. Left out: it takes no value. */
  readonly value?: string;
  readonly help: string;
  readonly isNeeded?: true;
};

export type Given = {
  /** What stood in the place of each argument, by its name. */
  readonly of: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string | true | undefined>>;
};

export type Context = {
  /** Made when it is first asked for: some commands call nothing. */
  readonly client: () => Promise<Client>;
  readonly saved: Saved;
  readonly print: Print;
  /** Reads what is typed, or piped in, up to the end of a line. */
  readonly ask: (question: string) => Promise<string>;
  readonly signal: AbortSignal;
};

/** Everything that goes to the standard output: for people, or with `--json` a JSON text a line. */
export type Print = {
  /** Rows with their headings; amounts and counts to the right. */
  readonly table: <Row>(rows: AsyncIterable<Row> | Iterable<Row>, columns: Columns<Row>) => Promise<void>;
  /** One thing: its fields, a line each; with `--json` the whole. */
  readonly one: (whole: unknown, fields: Readonly<Record<string, Cell>>) => void;
  /** For people alone. */
  readonly say: (text: string) => void;
};

export type Cell = string | number | boolean | null | undefined;
/** By heading; one that ends in `>` is of figures and stands to the right. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

export type Command = {
  /** Its words and what it takes: `invoice INVOICE`, `prices put FILE`. */
  readonly usage: string;
  readonly help: string;
  readonly options?: Readonly<Record<string, Option>>;
  readonly run: (context: Context, given: Given) => Promise<void>;
};

/** The call was not as the help has it: told with how it is. */
export class UsageError extends Error {}

/** The value of an option that has one. */
export function textOf({ options }: Given, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The value of an argument or option without which the command is not run at all. */
export function needed(given: Given, name: string): string {
  const value = given.of[name] ?? textOf(given, name);
  if (value === undefined) throw new Error(`the command has no ${name}`);
  return value;
}
