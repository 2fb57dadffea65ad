// What all journeys are made of.
import type { Page, Request } from 'playwright-core';
import type { Browser, Tab } from '../browser/browser';
import { viewOf } from '../enter';
import type { Sandbox } from '../sandbox';

export type Around = { readonly browser: Browser; readonly sandbox: Sandbox };
export type Journey = { readonly name: string; readonly go: (around: Around) => Promise<void> };

export const returnUrl = 'https://app.hosting.example/settings';

/** A tab on the page of a workspace. */
export async function onPage({ browser, sandbox }: Around, workspace: string, asked: object = {}): Promise<Tab> {
  const tab = await browser.open(viewOf(1440, 'light'));
  await tab.page.goto(await sandbox.linkInto(workspace, { returnUrl, ...asked }));
  await tab.page.getByRole('heading', { level: 1 }).waitFor();
  return tab;
}

export const see = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
export const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();
export const follow = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();

/** Presses a button, and answers the headers of the call that the page makes of it. */
export async function headersOfPressing(page: Page, name: string | RegExp, url: string): Promise<Headers> {
  // Not awaited in between: the other process goes on from the request that it has.
  const request = page.waitForRequest(url) as unknown as Request;
  const [headers] = await Promise.all([request.headers(), press(page, name)]);
  return headers;
}
type Headers = Readonly<Record<string, string>>;

export async function payAtStripe(page: Page, card: Readonly<Record<string, string>>): Promise<void> {
  await page.getByLabel('Card number').fill(card['number'] ?? '');
  await page.getByLabel('Expires').fill(card['exp'] ?? '');
  await page.getByLabel('Security code').fill(card['cvc'] ?? '');
  await page.getByLabel('Name', { exact: true }).fill(card['name'] ?? '');
  await page.getByRole('button', { name: /^(Save|Pay)/ }).click();
}

/** What has the focus: its text, or its role where it has none. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(
    'document.activeElement.textContent.trim() || (document.activeElement.type === "search" ? "searchbox" : document.activeElement.tagName)',
  );
}
