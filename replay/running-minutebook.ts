// Finds the Minutebook to bill against: named by the environment, or the one that `npm start` runs here.

import { homeDirectory, readSandboxFile, sandboxFile } from '../runtime/sandbox-file';
import { ReplayError } from './errors';

export type RunningMinutebook = { readonly url: string; readonly key: string };

/** Throws ReplayError where none is named and none was started. */
export function findMinutebook(
  env: Readonly<Record<string, string | undefined>>,
  projectDirectory: string,
): RunningMinutebook {
  const [url, key] = [env['MINUTEBOOK_URL'], env['MINUTEBOOK_KEY']];
  if (url || key) return named(url, key);
  const home = homeDirectory(env, projectDirectory);
  const found = readSandboxFile(home);
  if (found !== undefined) return named(found.api, found.keys.admin);
  throw new ReplayError(`no Minutebook has been started here (there is no ${sandboxFile(home)}).
Run \`npm start\` in another terminal, or set MINUTEBOOK_URL and MINUTEBOOK_KEY.`);
}

function named(url: string | undefined, key: string | undefined): RunningMinutebook {
  if (!url || !key) {
    throw new ReplayError('a running Minutebook is named by both: MINUTEBOOK_URL and MINUTEBOOK_KEY (an admin key)');
  }
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new ReplayError(`MINUTEBOOK_URL is not an address: ${url}`);
  return { url: url.replace(/\/+$/, ''), key };
}
