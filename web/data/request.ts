// The page's calls over the network: by the session's cookie, of this origin only.
import { root } from '../address/root';
import { type Answered, type Failure, failureOf, type Reading } from './answered';

// Behind a dead connection a browser waits for minutes.
const patienceMs = 30_000;

export async function read<Value>(path: string, { known, isBackground }: Reading): Promise<Answered<Value>> {
  const headers = {
    ...(known === null ? {} : { 'if-none-match': known }),
    ...(isBackground ? { 'minutebook-background': '1' } : {}),
  };
  const response = await reach(path, { headers });
  if (response === undefined) return { kind: 'offline' };
  if (response.status === 304) return { kind: 'same' };
  const text = await textOf(response);
  if (text === undefined) return { kind: 'offline' };
  if (!response.ok) return failureOf(response.status, text);
  return { kind: 'answer', value: JSON.parse(text) as Value, text, etag: response.headers.get('etag') };
}

/** Changes something. JSON, as a form of another site cannot send that. */
export async function send<Value>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<{ readonly kind: 'answer'; readonly value: Value } | Failure> {
  const response = await reach(path, {
    method,
    headers: { 'content-type': 'application/json', ...(method === 'POST' ? { 'idempotency-key': newKey() } : {}) },
    body: JSON.stringify(body ?? {}),
  });
  const text = response === undefined ? undefined : await textOf(response);
  if (response === undefined || text === undefined) return { kind: 'offline' };
  if (!response.ok) return failureOf(response.status, text);
  return { kind: 'answer', value: (text === '' ? undefined : JSON.parse(text)) as Value };
}

// One of its own for each press of a button. crypto.randomUUID is missing where a page does not come by https.
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function reach(path: string, init: RequestInit): Promise<Response | undefined> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    // The page keeps what it knows by itself; an answer out of the browser's cache would look fresh and not be.
    return await fetch(root + path, { credentials: 'same-origin', cache: 'no-store', signal, ...init });
  } catch {
    return undefined;
  }
}

async function textOf(response: Response): Promise<string | undefined> {
  try {
    return await response.text();
  } catch {
    return undefined;
  }
}
