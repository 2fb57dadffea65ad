// What the page can look like: each state once, with what has to be done to see it.
import type { Page } from 'playwright-core';
import { dayMs, formatInstant, hourMs } from '../../domain/period';
import type { Sandbox } from './sandbox';
import { lastMonth } from './seeding';

export type State = {
  readonly name: string;
  readonly workspace: string;
  /** Beneath the workspace's own address. */
  readonly at: string | ((sandbox: Sandbox) => Promise<string>);
  /** Of the link in. */
  readonly asked?: object;
  /** Before the view is opened, on the page that the link led to. */
  readonly before?: (page: Page) => Promise<unknown>;
  /** Once the view is there. */
  readonly after?: (page: Page) => Promise<unknown>;
  /** Addresses whose answers may say that there is nothing. */
  readonly shows: string;
};

const yesterday = formatInstant(Math.floor(Date.now() / dayMs) * dayMs - dayMs).slice(0, 10);
const line = `/line?model=support-chat&version=v7&instanceType=A10Gx4x16&period=${yesterday.slice(0, 7)}`;
const gate = (answer: object) => (page: Page) =>
  page.route('**/gate', `GATE ${JSON.stringify(answer)}` as never);
