// Links of our own that go out in e-mails: each is good for one task, for sixty days or until that is done.
import { dayMs, formatInstant } from './period';

/** What a link lets whoever holds it do: pay one invoice, or add or replace a workspace's payment method. */
export type LinkSubject =
  | { readonly task: 'pay'; readonly workspace: string; readonly invoice: string }
  | { readonly task: 'method'; readonly workspace: string };

export const linkTasks = ['pay', 'method'] as const satisfies readonly LinkSubject['task'][];
export type LinkTask = (typeof linkTasks)[number];

const goodForDays = 60;

/** Until when a link that is made now is good, in epoch milliseconds. */
export function linkExpiresMs(nowMs: number): number {
  return nowMs + goodForDays * dayMs;
}

/**
 * What a link is about, which its token is derived from: asked for again on the same day (UTC) it is the same link, and a
 * later e-mail has one of its own, so that none lives longer than its sixty days.
 */
export function linkKey(subject: LinkSubject, nowMs: number): string {
  const day = formatInstant(nowMs).slice(0, 10);
  const about = subject.task === 'pay' ? subject.invoice : '';
  return [subject.task, subject.workspace, about, day].join('/');
}

/** Whether a text can be the token of a link: 256 bits as base64url. */
export function isLinkToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}
