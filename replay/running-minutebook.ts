// Finds the Minutebook to bill against: named by the environment, or the one that `npm start` runs here.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ReplayError } from './options';

export type RunningMinutebook = { readonly url: string; readonly key: string };

/** Throws ReplayError where none is named and none was started. */
export function findMinutebook(
  env: Readonly<Record<string, string | undefined>>,
  projectDirectory: string,
): RunningMinutebook {
  const [url, key] = [env['MINUTEBOOK_URL'], env['MINUTEBOOK_KEY']];
  if (url || key) return named(url, key);
  const home = path.resolve(env['MINUTEBOOK_HOME'] || path.join(projectDirectory, '.minutebook'));
  const file = path.join(home, 'sandbox.json');
  if (!existsSync(file)) {
    throw new ReplayError(`no Minutebook has been started here (there is no ${file}).
Run \`npm start\` in another terminal, or set MINUTEBOOK_URL and MINUTEBOOK_KEY.`);
  }
  const found = JSON.parse(readFileSync(file, 'utf8')) as { api?: string; keys?: { admin?: string } };
  return named(found.api, found.keys?.admin);
}

function named(url: string | undefined, key: string | undefined): RunningMinutebook {
  if (!url || !key) {
    throw new ReplayError('a running Minutebook is named by both: MINUTEBOOK_URL and MINUTEBOOK_KEY (an admin key)');
  }
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new ReplayError(`MINUTEBOOK_URL is not an address: ${url}`);
  return { url: url.replace(/\/+$/, ''), key };
}
