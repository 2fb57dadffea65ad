// Where things lie on this machine: the project, its data between runs, and programs fetched once for all checkouts.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import * as runtime from '../runtime/sandbox-file';

/** The directory of package.json, whether this runs from the sources or from dist/. */
export const projectDirectory = nearestPackage(__dirname);

/** Data kept between runs: MINUTEBOOK_HOME, or `.minutebook` in the project. */
export function homeDirectory(env: NodeJS.ProcessEnv): string {
  return runtime.homeDirectory(env, projectDirectory);
}

/** Programs that npm does not carry. Outside the project, so that a fresh clone does not fetch 240 MB again. */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'minutebook');
}

function nearestPackage(directory: string): string {
  if (existsSync(path.join(directory, 'package.json'))) return directory;
  const parent = path.dirname(directory);
  if (parent === directory) throw new Error(`no package.json above ${__dirname}`);
  return nearestPackage(parent);
}
