// Bringing a browser into a state of the page.
import type { Page } from 'playwright-core';
import type { LinkTask } from '../../domain/payment-link';
import type { Tab } from './browser/browser';
import type { Sandbox } from './sandbox';

export type State = {
  readonly name: string;
  readonly workspace: string;
  /** The view, as the link in names it. */
  readonly at?: string | ((sandbox: Sandbox) => Promise<string>);
  /** Come in by the link of an e-mail instead. */
  readonly link?: LinkTask;
  /** Of the link in. */
  readonly asked?: object;
  /** Before the link is opened. */
  readonly before?: (page: Page) => Promise<unknown>;
  /** What one sees when it is there. */
  readonly shows: string;
  /** Once the view is there. */
  readonly after?: (page: Page, sandbox: Sandbox) => Promise<unknown>;
  /** Refusals that belong to it. */
  readonly refused?: RegExp;
};

// That nothing is on file, or nothing can be foreseen yet, is an answer, too.
const isAnswer = (fault: string) => /^404 .*\/(payment-method|forecast)$/.test(fault);

/**
 * Brings a tab into a state. Answers what went wrong on the way. `settled`: everything has come that comes; else what the
 * state is about has.
 */
export async function enter(
  tab: Tab,
  state: State,
  { sandbox, settled = false }: { readonly sandbox: Sandbox; readonly settled?: boolean },
): Promise<readonly string[]> {
  const { page } = tab;
  const { before, shows, after, refused } = state;
  await before?.(page);
  await page.goto(await addressOf(state, sandbox));
  // What only narrow or only wide screens show stands on the page twice.
  await page.getByText(shows).filter({ visible: true }).first().waitFor();
  await after?.(page, sandbox);
  if (settled) await page.waitForLoadState('networkidle');
  else await page.locator('.loading').first().waitFor({ state: 'detached' });
  const faults = await tab.faults();
  return faults.filter((fault) => !isAnswer(fault) && refused?.test(fault) !== true);
}

async function addressOf({ workspace, link, at, asked = {} }: State, sandbox: Sandbox): Promise<string> {
  if (link !== undefined) return sandbox.linkOfMail(workspace, link);
  const view = typeof at === 'function' ? await at(sandbox) : at;
  const returnUrl = 'https://app.hosting.example/settings';
  return sandbox.linkInto(workspace, { returnUrl, ...(view === undefined ? {} : { view }), ...asked });
}

export const widths = [320, 1440] as const;
export const themes = ['light', 'dark'] as const;

export const viewOf = (width: number, theme: 'light' | 'dark') => ({
  viewport: { width, height: 900 },
  colorScheme: theme,
  reducedMotion: 'reduce' as const,
});
