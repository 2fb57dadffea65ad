// What may be asked of Minutebook through Temporal, by teams that hold a client of it: workflows that do one thing, and updates
// and queries of those that run. Their names are spoken here and nowhere else.
import { MinutebookError } from './errors';
import type { Month } from './period';
import { isLine } from './text';

/** What of a running workflow can be read at any time. */
export const standingQuery = 'standing';

/** Closes a billing period early. */
export const closeUpdate = 'close';

/** Who asks for something, for the audit log: a team, a service or a person. */
export type AskedBy = { readonly by: string };

/** The actor of the audit log. Throws `invalid_request` where nobody is named. */
export function actorOf({ by }: AskedBy): string {
  if (typeof by === 'string' && isLine(by, 100)) return `temporal:${by}`;
  const detail = `by: expected who asks, 1 to 100 characters on one line, came ${JSON.stringify(by)}`;
  throw new MinutebookError({ code: 'invalid_request', detail });
}

/** A month of a workspace whose coming invoice is asked for; of no month: the next that is issued. */
export type PreviewArguments = { readonly workspace: string; readonly month?: Month };

/** An e-mail to be sent again; `key` is the caller's own: the same again sends nothing more. */
export type ResendArguments = AskedBy & {
  readonly email: string;
  readonly key: string;
  /** To those of its addresses that do not have it, or to all. */
  readonly to: 'undelivered' | 'all';
};
