// Every state of the page in both themes, on the narrowest and a wide screen; `npm run test:page`. PAGE_SHOTS names a directory
// that pictures of them are put into.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { type Browser, startBrowser } from './browser/browser';
import { enter, themes, viewOf, widths } from './enter';
import { overflowOf, shiftMax, shiftOf } from './measures';
import { type Sandbox, startSandbox } from './sandbox';
import { seed } from './seeding';
import { smallPng } from './small-png';
import { states } from './states';

const shots = process.env['PAGE_SHOTS'];
// The README's are one of each kind: pictures are the heaviest of what a clone brings along.
const docs = 'docs/page';
const isForDocs = (theme: string, width: number) => (theme === 'light') === (width === 1440);
// As wide as most phones are; what is tested is narrower.
const phone = 390;
const heightMax = 2400;

let sandbox: Sandbox;
let browser: Browser;

beforeAll(async () => {
  if (shots !== undefined) mkdirSync(shots, { recursive: true });
  browser = startBrowser();
  sandbox = await startSandbox();
  await seed(sandbox);
}, 180_000);

afterAll(async () => {
  await browser.stop();
  await sandbox.stop();
}, 60_000);

const each = states.flatMap((state) =>
  themes.flatMap((theme) => widths.map((width) => ({ name: state.name, theme, width, state }))),
);

test.each(each)('$name, $theme, $width pixels wide', async ({ state, theme, width }) => {
  const tab = await browser.open(viewOf(width, theme));
  expect(await enter(tab, state, { sandbox, settled: true })).toEqual([]);
  expect(await tab.findings()).toEqual([]);
  expect(await overflowOf(tab.page)).toBe(0);
  if (state.after === undefined) expect(await shiftOf(tab.page)).toBeLessThan(shiftMax);
  if (shots !== undefined && (shots !== docs || isForDocs(theme, width)))
    await picture(tab.page, { name: state.name, theme, width });
  await tab.close();
});

async function picture(page: Page, of: { readonly name: string; readonly theme: string; readonly width: number }) {
  const width = of.width === 320 ? phone : of.width;
  await page.setViewportSize({ width, height: 900 });
  // A thousand rows would be a picture of rows.
  const height = Math.min(heightMax, await page.evaluate<number>('document.documentElement.scrollHeight'));
  const png = await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } });
  writeFileSync(path.resolve(shots ?? '.', `${of.name}-${width}-${of.theme}.png`), smallPng(png));
}
