// Every state of the page in both themes, on the narrowest and a wide screen; `npm run test:page`. PAGE_SHOTS names a directory
// that pictures of them are put into.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, startBrowser } from './browser/browser';
import { overflowOf, shiftMax, shiftOf } from './measures';
import { type Sandbox, startSandbox } from './sandbox';
import { seed } from './seeding';
import { enter, states, themes, viewOf, widths } from './states';

const shots = process.env['PAGE_SHOTS'];
// As wide as most phones are; what is tested is narrower.
const phone = 390;

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
  if (shots !== undefined) {
    const shown = width === 320 ? phone : width;
    await tab.page.setViewportSize({ width: shown, height: 900 });
    await tab.page.screenshot({ path: path.resolve(shots, `${state.name}-${shown}-${theme}.png`), fullPage: true });
  }
  await tab.close();
});
