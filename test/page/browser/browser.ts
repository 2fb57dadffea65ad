// The browser as tests have it: pages are playwright's own, reached over the driver's process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { type Chain, remote } from './remote';

const driver = path.join(__dirname, 'driver.cjs');

/**
 * Undefined where there is a browser; else why there is none. Throws where one was named by CHROMIUM_PATH: whoever names one
 * wants it used.
 */
export function whyNoBrowser(env = process.env): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, [driver, '--look'], {
    encoding: 'utf8',
    timeout: 60_000,
    env,
  });
  if (status === 0) return undefined;
  if (env['CHROMIUM_PATH']) throw new Error(`the billing page cannot be tested as asked: ${stderr.trim()}`);
  return stderr.trim();
}

export type Tab = {
  readonly page: Page;
  /** What went wrong on it since it was asked last: script errors, console errors, answers from 400 on. */
  faults(): Promise<readonly string[]>;
  /** What axe-core finds by WCAG 2.2 AA and its best practices. */
  findings(): Promise<readonly string[]>;
  /** Another tab, with the same cookies. */
  beside(): Promise<Tab>;
  close(): Promise<void>;
};

export type Browser = {
  open(options?: BrowserContextOptions): Promise<Tab>;
  stop(): Promise<void>;
};

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export function startBrowser(): Browser {
  const child = spawn(process.execPath, [driver], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ask = asking(child);
  const tabOf = (page: unknown): Tab => ({
    page: remote<Page>((chain: Chain) => ask('run', { page, chain })),
    faults: () => ask('faults', { page }) as Promise<readonly string[]>,
    findings: () => ask('check', { page, rules }) as Promise<readonly string[]>,
    beside: async () => tabOf(await ask('openBeside', { page })),
    close: async () => void (await ask('close', { page })),
  });
  return {
    open: async (options = {}) => tabOf(await ask('open', { options })),
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

function asking(
  child: ChildProcess & { readonly stdin: NodeJS.WritableStream; readonly stdout: NodeJS.ReadableStream },
) {
  const waiting = new Map<number, (answer: Answer) => void>();
  let calls = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.once('exit', (code) => {
    for (const [id, tell] of waiting) tell({ id, error: `the browser's process ended with ${code}` });
  });
  return async (call: string, sent: object): Promise<unknown> => {
    calls += 1;
    const id = calls;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ id, call, ...sent })}\n`);
    const { value, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return value;
  };
}
