// The npm (pnpm, yarn) that ran this command. It passes a signal only to the shell between us, or, when killed, to
// nobody: then the command must notice by itself, or it would run on unseen.

import { identify, isAlive, type ProcessIdentity } from './process-identity';

const everyMs = 500;
const levelsMax = 4;

/** Resolves when the package manager that started us, or its shell, is gone; never, when none did. */
export function launcherGone(env: NodeJS.ProcessEnv): Promise<void> {
  const launchers = env['npm_lifecycle_event'] ? findLaunchers() : [];
  return new Promise((resolve) => {
    if (launchers.length === 0) return;
    const timer = setInterval(() => {
      if (launchers.every(isAlive)) return;
      clearInterval(timer);
      resolve();
    }, everyMs);
  });
}

// Up to the first ancestor that is a package manager: the shells in between are its own.
function findLaunchers(): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  let parent = identify(process.ppid);
  while (parent !== undefined && found.length < levelsMax) {
    found.push(parent);
    if (/\b(npm|pnpm|yarn|bun)\b/.test(parent.command) && !/^\S*sh /.test(parent.command)) return found;
    parent = identify(parent.parent);
  }
  return [];
}
