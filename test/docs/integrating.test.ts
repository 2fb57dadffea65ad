// docs/integrating.md as a newcomer goes through it, and then the pages that go on where it ends: every command and program is run,
// from the top, against a Minutebook that was just started, and every answer that is shown is compared.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from '../harness/until';
import { endOf, makeHome, ready, type Start, start, takeTurn, turnWithinMs } from '../sandbox/starting';
import { blocksOf, misfit, type Step, stepsOf } from './page-steps';
import { openSession, type Session } from './shell-session';

const root = path.resolve(__dirname, '..', '..');
const pages = ['integrating.md', 'pricing.md', 'intake.md', 'webhooks.md', 'bills.md'].map((name) => {
  return { name, text: readFileSync(path.join(root, 'docs', name), 'utf8') };
});
// Metering's next round, and what follows it, on a machine that has other things to do.
const comesWithinMs = 120_000;

jest.setTimeout(300_000);

let home: string;
let checkout: string;
let started: Start;
let session: Session;
let endTurns: readonly (() => Promise<void>)[] = [];

beforeAll(async () => {
  endTurns = [await takeTurn(), await takeTurn('client package')];
  home = await makeHome();
  started = start(home, '--empty');
  await ready(started);
  checkout = await makeCheckout();
  const env = {
    PATH: `${checkout}/.bin:${process.env['PATH']}`,
    npm_config_offline: 'true',
    npm_config_audit: 'false',
  };
  session = openSession({ cwd: checkout, env: { HOME: checkout, TZ: 'UTC', ...env } });
}, turnWithinMs);

afterAll(async () => {
  await session?.close();
  started?.child.kill('SIGTERM');
  if (started !== undefined) await endOf(started);
  for (const endTurn of endTurns) await endTurn();
  for (const made of [home, checkout]) if (made !== undefined) await rm(made, { recursive: true, force: true });
});

// This repository, with the home of the Minutebook that was started where a newcomer's is.
async function makeCheckout(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'minutebook-checkout-'));
  for (const name of (await readdir(root)).filter((each) => !each.startsWith('.'))) {
    await symlink(path.join(root, name), path.join(directory, name));
  }
  await symlink(home, path.join(directory, '.minutebook'));
  await mkdir(path.join(directory, '.bin'));
  await writeFile(path.join(directory, '.bin', 'npm'), npm);
  await chmod(path.join(directory, '.bin', 'npm'), 0o755);
  return directory;
}

// npm, but for the one script that compiles: that was done before the tests, and others run from what it made.
const npm = `#!/bin/sh
case "$*" in
  "run --silent build:client") exec node dist/scripts/build-client.js ;;
  *) exec ${path.join(path.dirname(process.execPath), 'npm')} "$@" ;;
esac
`;

// The sample in JavaScript has a test of its own: webhooks.test.ts.
test.each(pages)('everything between the fences of $name is run, but for JSON that is only shown', ({ text }) => {
  const languages = new Set(blocksOf(text).map(({ language }) => language));
  expect([...languages].filter((language) => !['json', 'js', 'sh', 'ts'].includes(language))).toEqual([]);
});

const steps = pages.flatMap(({ name, text }) =>
  stepsOf(text).map((step) => ({ ...step, page: name, begins: step.text.split('\n')[0]?.slice(0, 100) })),
);

test.each(steps)('$page line $line: $begins', async (step) => {
  const command = step.language === 'sh' ? step.text : await compiled(step);
  const answer = async () => {
    const came = await session.run(command);
    const why = misfit(step.answer, came);
    return why && `${why}\n\n${step.page}, line ${step.line}:\n${step.answer}\n\nWhat came:\n${came.out}${came.err}`;
  };
  let wrong = await answer();
  // What is only read may take a moment to be there.
  const isThere = async () => {
    wrong = await answer();
    return wrong === undefined;
  };
  if (wrong !== undefined && isReading(step)) await until('it fits', isThere, comesWithinMs).catch(() => undefined);
  if (wrong !== undefined) throw new Error(wrong);
});

function isReading({ language, text }: Step): boolean {
  return language === 'sh' && /^call /.test(text) && !/ -X /.test(text);
}

/** Compiles a program of the page in the project that the page has made by then, and answers the command that runs it. */
async function compiled({ line, text }: Step): Promise<string> {
  const project = (await session.run('echo $PROJECT')).out.trim();
  const modules = path.join(project, 'node_modules');
  for (const name of ['@temporalio', '@types']) {
    await symlink(path.join(root, 'node_modules', name), path.join(modules, name)).catch(() => undefined);
  }
  await writeFile(path.join(project, `line-${line}.mts`), text);
  const options = { module: 'nodenext', target: 'es2023', strict: true, skipLibCheck: true, types: ['node'] };
  const config = { compilerOptions: options, files: [`line-${line}.mts`] };
  await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify(config));
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', project]).catch(({ stdout }) => {
    throw new Error(`the program of line ${line} does not compile: ${stdout}`);
  });
  return `(cd $PROJECT && node line-${line}.mjs)`;
}
