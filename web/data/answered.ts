// What a call of the API came to: a value, or why there is none. Each failure is one that the page says something else of.
import type { Problem } from '../../contract/problems';

export type Failure =
  /** No answer came: the network, or the API, is away. */
  | { readonly kind: 'offline' }
  /** The session is over. */
  | { readonly kind: 'ended'; readonly returnUrl?: string }
  | { readonly kind: 'missing' }
  /** Understood and not done; the problem says why, in words for people. */
  | { readonly kind: 'refused'; readonly problem: Problem }
  /** Broken on the other side; the id finds it in the log. */
  | { readonly kind: 'broken'; readonly status: number; readonly id?: string };

export type Answered<Value> =
  | { readonly kind: 'answer'; readonly value: Value; readonly text: string; readonly etag: string | null }
  /** Nothing has changed since. */
  | { readonly kind: 'same' }
  | Failure;

/** How an address is read. */
export type Reading = {
  /** The ETag of what is known already: the answer may be that it is the same. */
  readonly known: string | null;
  /** Asked for by a timer: it does not keep the session of somebody who has left alive. */
  readonly isBackground: boolean;
};

/** The failure that a status and a body stand for. */
export function failureOf(status: number, text: string): Failure {
  const body = problemIn(text);
  if (status === 401) return { kind: 'ended', ...(body?.returnUrl === undefined ? {} : { returnUrl: body.returnUrl }) };
  if (status === 404) return { kind: 'missing' };
  // Too many calls or too slow ones are worth another try, as what is broken is.
  if (status >= 500 || status === 408 || status === 429 || body?.code === undefined) {
    return { kind: 'broken', status, ...(body?.id === undefined ? {} : { id: body.id }) };
  }
  return { kind: 'refused', problem: body };
}

type Body = Problem & { readonly returnUrl?: string };

function problemIn(text: string): Body | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Body) : undefined;
  } catch {
    return undefined;
  }
}
