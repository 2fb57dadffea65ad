// The billing page in a real browser, over a whole running Minutebook: each of its states once, and the ways that customers go.
import { type Browser, startBrowser, whyNoBrowser } from './browser/browser';
import { enter, themes, viewOf, widths } from './enter';
import { entering } from './journeys/entering';
import { linked } from './journeys/linked';
import { looking } from './journeys/looking';
import { paying } from './journeys/paying';
import { overflowOf, shiftMax, shiftOf } from './measures';
import { type Sandbox, startSandbox } from './sandbox';
import { seed } from './seeding';
import { states } from './states';

const noBrowser = whyNoBrowser();
if (noBrowser !== undefined) console.warn(`THE BILLING PAGE IS NOT TESTED: ${noBrowser}`);
const inBrowser = noBrowser === undefined ? test : test.skip;

let sandbox: Sandbox;
let browser: Browser;

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  browser = startBrowser();
  sandbox = await startSandbox();
  await seed(sandbox);
}, 180_000);

afterAll(async () => {
  await browser?.stop();
  await sandbox?.stop();
}, 60_000);

describe('every state', () => {
  inBrowser.each(states.map((state, index) => ({ state, index })))(
    '$state.name can be read by everybody, and nothing goes wrong',
    async ({ state, index }) => {
      // Each of them once, all of them in both themes and widths: npm run test:page.
      const [width, theme] = [widths[index % 2], themes[Math.floor(index / 2) % 2]];
      const tab = await browser.open(viewOf(width ?? 320, theme ?? 'light'));
      expect(await enter(tab, state, { sandbox })).toEqual([]);
      expect(await tab.findings()).toEqual([]);
      expect(await overflowOf(tab.page)).toBe(0);
      if (state.after === undefined) expect(await shiftOf(tab.page)).toBeLessThan(shiftMax);
      await tab.close();
    },
  );
});

describe('a customer', () => {
  inBrowser.each([...entering, ...looking, ...paying, ...linked])(
    '$name',
    async ({ go }) => go({ browser, sandbox }),
    90_000,
  );
});
