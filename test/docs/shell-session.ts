// One bash for all commands of a page: what one sets, the next has.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../harness/until';
import type { Answer } from './page-steps';

export type Session = {
  readonly run: (command: string) => Promise<Answer & { readonly err: string }>;
  readonly close: () => Promise<void>;
};

const answersWithinMs = 120_000;
const mark = 'THAT-COMMAND-IS-OVER';

export function openSession({ cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Session {
  // In a group of its own, so that what a command leaves in the background ends with it.
  const shell = spawn('bash', ['--norc', '--noprofile'], { cwd, env, detached: true });
  const heard = { out: '', err: '' };
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard.out += text;
  });
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard.err += text;
  });
  return {
    run: async (command) => {
      heard.out = '';
      heard.err = '';
      // Nothing to read for the command: what comes after it is not its input.
      shell.stdin.write(`{ ${command}\n} </dev/null\nprintf '\\n${mark} %s\\n' $?; printf '\\n${mark}\\n' >&2\n`);
      const isOver = async () => {
        if (shell.exitCode !== null) throw new Error(`the shell ended: ${heard.out}${heard.err}`);
        return heard.out.includes(`\n${mark} `) && heard.out.endsWith('\n') && heard.err.includes(`\n${mark}\n`);
      };
      await until(`"${command}" is over`, isOver, answersWithinMs);
      const [out = '', code = ''] = heard.out.split(`\n${mark} `);
      const err = heard.err.split(`\n${mark}\n`)[0] ?? '';
      const statuses = [...err.matchAll(/^\d{3}$/gm)].map(([status]) => Number(status));
      return { out, err, code: Number(code), statuses };
    },
    close: async () => {
      if (shell.pid === undefined || shell.exitCode !== null) return;
      const over = once(shell, 'exit');
      process.kill(-shell.pid, 'SIGTERM');
      shell.stdin.end();
      await over;
    },
  };
}
