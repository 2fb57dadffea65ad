// A process of ours that is killed and started again, as the machine under it would be.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..');

export type Killable = {
  killAndStartAgain(): Promise<void>;
  /** Kills it for good. */
  end(): Promise<void>;
};

/** `entry` is in dist/. It lives at the latest until this process ends. */
export function startKillable(entry: string, env: NodeJS.ProcessEnv): Killable {
  const main = path.join(root, 'dist', entry);
  if (!existsSync(main)) throw new Error(`${main} is missing: npm run build makes it`);
  const atEnd = path.join(root, 'dist', 'sandbox', 'processes', 'end-with-parent.js');
  const start = () =>
    spawn(process.execPath, ['--require', atEnd, main], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...env },
    });
  let child = start();
  return {
    killAndStartAgain: async () => {
      await killed(child);
      child = start();
    },
    end: () => killed(child),
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
