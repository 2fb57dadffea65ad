// The description of the API in a real browser, under its strict policy and from this host alone.
import { type Minutebook, startMinutebook } from '../api/minutebook';
import { type Browser, startBrowser, whyNoBrowser } from './browser/browser';

const noBrowser = whyNoBrowser();
if (noBrowser !== undefined) console.warn(`/docs IS NOT TESTED IN A BROWSER: ${noBrowser}`);
const inBrowser = noBrowser === undefined ? test : test.skip;

let book: Minutebook;
let browser: Browser;
let address: string;

beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  address = await book.app.listen({ host: '127.0.0.1', port: 0 });
  if (noBrowser === undefined) browser = startBrowser();
});

afterAll(async () => {
  await browser?.stop();
  await book.close();
});

/** To its end: a connection whose answer nobody reads is given up, and another one opened in its place. */
async function read(
  url: URL,
): Promise<{ readonly status: number; readonly headers: Headers; readonly length: number }> {
  const answer = await fetch(url);
  return { status: answer.status, headers: answer.headers, length: (await answer.arrayBuffer()).byteLength };
}

test('/docs names no other host, and each of its files is there', async () => {
  const page = await (await fetch(`${address}/docs`)).text();
  const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) {
    expect(name).not.toMatch(/^(\w+:|\/)/);
    const { status, headers, length } = await read(new URL(name, `${address}/docs`));
    expect([name, status, headers.get('x-content-type-options') ?? name]).toEqual([
      name,
      200,
      name === 'openapi.json' ? name : 'nosniff',
    ]);
    expect([name, length]).not.toEqual([name, 0]);
  }
});

test('/llms.txt is plain text, and all that it leads to is there', async () => {
  const answer = await fetch(`${address}/llms.txt`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  const named = [...(await answer.text()).matchAll(/\]\(([^)]+)\)/g)].map(([, name = '']) => name);
  expect(named).toEqual(expect.arrayContaining(['docs/integrating.md', 'openapi.json', 'docs/client.md']));
  for (const name of named) {
    const { status, headers, length } = await read(new URL(name, `${address}/llms.txt`));
    const type = name.endsWith('.json') ? 'application/json' : 'text/markdown';
    expect([name, status, headers.get('content-type')]).toEqual([name, 200, expect.stringContaining(type)]);
    expect([name, length]).not.toEqual([name, 0]);
  }
  expect(await (await fetch(`${address}/docs/integrating.md`)).text()).toMatch(/^# Integrating/);
});

inBrowser('shows every operation and what it takes, and asks no other host', async () => {
  const tab = await browser.open({ viewport: { width: 1200, height: 900 } });
  await tab.page.goto(`${address}/docs`);
  const usage = tab.page.locator('#operations-Usage-recordUsage');
  await tab.page.locator('#operations-tag-Usage').click();
  await usage.locator('.opblock-summary-control').click();
  await usage.getByText('"source": "cluster-eu"').first().waitFor();
  const asked = await tab.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(asked.length).toBeGreaterThan(2);
  expect(asked.filter((name) => !name.startsWith(address) && !name.startsWith('data:'))).toEqual([]);
  if (process.env['PAGE_SHOTS']) await tab.page.screenshot({ path: `${process.env['PAGE_SHOTS']}/docs.png` });
  expect(await tab.faults()).toEqual([]);
  await tab.close();
});

inBrowser('a problem has a page that says what to do', async () => {
  const tab = await browser.open();
  await tab.page.goto(`${address}/problems/conflict`);
  expect(await tab.page.locator('h1').textContent()).toBe('This contradicts what is already there');
  expect(await tab.page.locator('dl').textContent()).toContain('https://minutebook.dev/problems/conflict');
  expect([await tab.faults(), await tab.findings()]).toEqual([[], []]);
  await tab.close();
});
