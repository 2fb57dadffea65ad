// `minutebook COMMAND …`: finds the command, reads what it was given, runs it, and says what went wrong.
import { parseArgs } from 'node:util';
import { createClient } from '../client/http';
import { ProblemError, UnreachableError } from '../client/problem';
import { type Command, type Context, type Given, type Option, UsageError } from './command';
import { commands } from './commands';
import { printing } from './printing';
import { savedIn } from './saved';

export type World = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly ask: (question: string) => Promise<string>;
  readonly signal: AbortSignal;
};

const everywhere: Readonly<Record<string, Option>> = {
  json: { help: 'print a JSON text a line instead of tables' },
  url: { value: 'URL', help: 'the API; else MINUTEBOOK_URL, else that of the login' },
  key: { value: 'KEY', help: 'the key; else MINUTEBOOK_KEY, else that of the login' },
  help: { help: 'show this' },
};

// A person waits no longer: scripts try again by themselves.
const patienceMs = 10_000;

/** Answers the exit code: 0, 1 where the API refused or was not there, 2 where the call was not as the help has it. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  const found = commandOf(argv);
  try {
    if (found === undefined) return showHelp(argv, world);
    const { command, rest } = found;
    const given = read(command, rest);
    if (given.options['help'] === true) {
      world.out(helpOf(command));
      return 0;
    }
    await command.run(contextOf(world, given), given);
    return 0;
  } catch (error) {
    if (world.signal.aborted) return 130;
    world.err(`minutebook: ${reasonOf(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    if (found !== undefined) world.err(`\n${helpOf(found.command)}`);
    return 2;
  }
}

// The longest words that fit: `prices put FILE` goes before `prices`.
function commandOf(argv: readonly string[]) {
  const fitting = commands.filter(({ usage }) => wordsOf(usage).every((word, at) => argv[at] === word));
  const [command] = fitting.sort((one, other) => wordsOf(other.usage).length - wordsOf(one.usage).length);
  return command && { command, rest: argv.slice(wordsOf(command.usage).length) };
}

const wordsOf = (usage: string) => usage.split(' ').filter((word) => word === word.toLowerCase());
const argumentsOf = (usage: string) => usage.split(' ').filter((word) => word !== word.toLowerCase());

function read({ usage, options = {} }: Command, rest: readonly string[]): Given {
  const known = Object.entries({ ...options, ...everywhere });
  const { values, positionals } = parsed(rest, known);
  const names = argumentsOf(usage);
  const of = Object.fromEntries(names.map((name, at) => [name, positionals[at] ?? '']));
  if (values['help'] === true) return { of, options: values };
  const missing = names.slice(positionals.length);
  if (missing.length > 0) throw new UsageError(`expected ${missing.join(' and ')}, came nothing in its place`);
  if (positionals.length > names.length) {
    throw new UsageError(`expected nothing after ${names.at(-1) ?? usage}, came ${positionals[names.length]}`);
  }
  const lacking = known.filter(([name, option]) => option.isNeeded && values[name] === undefined);
  if (lacking.length > 0) throw new UsageError(`expected --${lacking.map(([name]) => name).join(' and --')}`);
  return { of, options: values };
}

function parsed(rest: readonly string[], known: readonly (readonly [string, Option])[]) {
  const options = Object.fromEntries(
    known.map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...rest], options, allowPositionals: true });
    return { values: values as Given['options'], positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function contextOf({ env, home, out, ask, signal }: World, { options }: Given): Context {
  const saved = savedIn(env, home);
  return {
    saved,
    ask,
    signal,
    print: printing(out, { isJson: options['json'] === true }),
    client: async () => {
      const login = await saved.read();
      const url = said(options['url']) ?? env['MINUTEBOOK_URL'] ?? login?.url;
      const key = said(options['key']) ?? env['MINUTEBOOK_KEY'] ?? login?.key;
      if (!url || !key) {
        throw new UsageError(
          'nobody is logged in: run "minutebook login URL", or set MINUTEBOOK_URL and MINUTEBOOK_KEY',
        );
      }
      return createClient({ url, key, patienceMs, signal });
    },
  };
}

const said = (value: string | true | undefined) => (typeof value === 'string' ? value : undefined);

function reasonOf(error: unknown): string {
  if (error instanceof ProblemError || error instanceof UnreachableError || error instanceof UsageError) {
    return error.message;
  }
  return error instanceof Error ? error.message : String(error);
}

function showHelp(argv: readonly string[], { out, err }: World): number {
  const [word] = argv;
  if (word === undefined || word === 'help' || word === '--help') {
    out(overview());
    return 0;
  }
  err(`minutebook: there is no command ${word}\n\n${overview()}`);
  return 2;
}

function overview(): string {
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  const lines = commands.map(({ usage, help }) => `  ${usage.padEnd(width)}  ${help}`);
  return ['minutebook COMMAND [--json] [--help]', '', ...lines, ''].join('\n');
}

function helpOf({ usage, help, options = {} }: Command): string {
  const listed = Object.entries({ ...options, ...everywhere }).map(([name, { value, help: what, isNeeded }]) => ({
    name: `--${name}${value === undefined ? '' : ` ${value}`}`,
    what: `${what}${isNeeded ? ' (needed)' : ''}`,
  }));
  const width = Math.max(...listed.map(({ name }) => name.length));
  return [
    `minutebook ${usage}`,
    '',
    `  ${help}`,
    '',
    ...listed.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`),
    '',
  ].join('\n');
}
