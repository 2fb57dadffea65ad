// The billing page in a real Chromium: what it has to load, when the largest of it is there, and how long it takes to answer a
// finger where a model has a thousand versions. Beside them what was asked for, and a page of ours without any script.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { makePageLink } from '../commands/visit-billing-page';
import { monthOf } from '../domain/period';
import { launchChromium } from '../sandbox/chromium';
import { withApi } from './api';
import { type BenchServers, withServers } from './servers';
import { modelCount, prepareUsage, workspace } from './usage-data';

const visits = 20;
// An odd number: what is folded out and in stays folded out.
const rounds = 15;
const manyVersions = 1000;

/** Prints the size of the script, the Largest Contentful Paint, and the time of interactions to the next paint. */
export async function page(): Promise<void> {
  printScript();
  await withServers(async (servers) => {
    const nowMs = Date.now();
    const versionsOf = (model: number) => (model === 0 ? manyVersions : 10);
    await prepareUsage(servers.db, { month: monthOf(nowMs), untilMs: nowMs, versionsOf });
    const browser = await launchChromium();
    try {
      await withApi(servers, async (base) => {
        await printPaints(browser, servers, base);
        await printInteractions(browser, servers, base);
      });
    } finally {
      await browser.close();
    }
  });
}

function printScript(): void {
  const assets = path.join(__dirname, '..', 'web', 'assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(path.join(assets, name))).length, 0);
  console.log(`page, script compressed: ${(bytes / 1000).toFixed(1)} kB (asked: less than 150 kB)`);
}

async function printPaints(browser: Browser, servers: BenchServers, base: string): Promise<void> {
  const bare: number[] = [];
  const first: number[] = [];
  const again: number[] = [];
  for (let visit = 0; visit < visits; visit++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const tab = await context.newPage();
    await tab.goto(`${base}/return`);
    bare.push(await largestPaint(tab));
    await tab.goto(await linkInto(servers, base));
    first.push(await largestPaint(tab));
    await tab.goto(`${base}/billing/${workspace}`);
    again.push(await largestPaint(tab));
    await context.close();
  }
  print('page, largest paint of a page without script', bare);
  print(`page, largest paint of the usage of ${modelCount} models, nothing kept`, first, 1000);
  print('page, largest paint of the same, its files kept', again, 1000);
}

async function linkInto({ db }: BenchServers, base: string): Promise<string> {
  const author = { actor: 'bench', nowMs: Date.now() };
  const wanted = { workspace, returnUrl: null, view: null, isReadOnly: false, author, goodForMs: 60_000 };
  return (await makePageLink(db, wanted, { publicUrl: base, returnOrigins: [] })).url;
}

/** The last candidate once nothing more comes in, in milliseconds from the navigation on. */
async function largestPaint(tab: Page): Promise<number> {
  await tab.waitForLoadState('networkidle');
  return tab.evaluate<number>(`new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
      .observe({ type: 'largest-contentful-paint', buffered: true });
  })`);
}

async function printInteractions(browser: Browser, servers: BenchServers, base: string): Promise<void> {
  const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await tab.goto(await linkInto(servers, base));
  const named = (name: string | RegExp) => tab.getByRole('button', { name, exact: true });
  await named('model-0').waitFor();
  await tab.evaluate(observing);
  const many = `a model of ${manyVersions} versions`;
  const fold = (model: string) => timesOf(tab, rounds, () => named(model).click());
  print('page, folding out and in a model of 10 versions', await fold('model-1'));
  print(`page, folding out and in ${many}`, await fold('model-0'), 100);
  const sort = () => timesOf(tab, rounds, () => named(/^Cost/).click());
  print(`page, sorting with ${many} folded out`, await sort(), 100);
  const search = tab.getByRole('searchbox');
  const type = (round: number) => search.press(round % 2 === 0 ? '1' : 'Backspace');
  print('page, a letter of a search, and its taking back', await timesOf(tab, rounds - 1, type), 100);
  print('page, showing 100 versions more', await timesOf(tab, 8, () => named(/^Show 100 more/).click()), 100);
  print('page, sorting once 850 of them are drawn', await timesOf(tab, 1, () => named(/^Cost/).click()), 100);
  await tab.close();
}

// From the event to the frame in which what it changed is on the screen, in steps of 8 ms as browsers give it.
const observing = `(() => {
  window.answered = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.interactionId > 0) window.answered.push(entry);
  }).observe({ type: 'event', durationThreshold: 16 });
})()`;

/** The longest event of each of the rounds; 16 where none took as long as that. */
async function timesOf(tab: Page, times: number, act: (round: number) => Promise<unknown>): Promise<readonly number[]> {
  const longest: number[] = [];
  for (let round = 0; round < times; round++) {
    await act(round);
    await tab.waitForTimeout(150);
    longest.push(
      await tab.evaluate<number>('Math.max(16, ...window.answered.splice(0).map(({ duration }) => duration))'),
    );
  }
  return longest;
}

function print(what: string, times: readonly number[], askedMs?: number): void {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number) =>
    `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)} ms`;
  const asked = askedMs === undefined ? '' : ` (asked: less than ${askedMs} ms)`;
  console.log(`${what}: p50 ${at(0.5)}, largest ${at(1)} of ${sorted.length}${asked}`);
}
