// `npm run replay`: bills a file of usage against a running Minutebook, over HTTP alone.

import path from 'node:path';
import { ProblemError, UnreachableError } from '../client/problem';
import { ReplayError } from '../replay/errors';
import { readOptions, usage } from '../replay/options';
import { replay } from '../replay/replay';
import { findMinutebook } from '../replay/running-minutebook';

const projectDirectory = path.resolve(__dirname, __dirname.includes(`${path.sep}dist${path.sep}`) ? '../..' : '..');

async function main(): Promise<boolean> {
  // npm runs scripts in the project's directory; a file named from elsewhere is looked for where npm was called, too.
  const options = readOptions(process.argv.slice(2), [process.cwd(), process.env['INIT_CWD'] ?? process.cwd()]);
  if (options !== undefined) return replay(findMinutebook(process.env, projectDirectory), projectDirectory, options);
  console.log(usage);
  return true;
}

main().then(
  (holds) => {
    process.exitCode = holds ? 0 : 1;
  },
  (error: unknown) => {
    const isTheirs = error instanceof ReplayError || error instanceof ProblemError || error instanceof UnreachableError;
    console.error(isTheirs ? `replay: ${error.message}` : error);
    process.exitCode = 1;
  },
);
