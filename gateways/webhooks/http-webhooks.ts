// Endpoints over HTTP, signed as Standard Webhooks have it.
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { webhookHeaders } from '../models/signature';
import {
  type AddressRule,
  addressRule,
  guardedLookup,
  literalAddress,
  type Network,
  RefusedAddress,
  type Resolve,
  refusal,
} from './addresses';
import { excerptOf, retryAfterMs } from './answers';
import { resolvingInTurns } from './resolving';
import type { Telling, TellingOutcome, Webhooks } from './webhooks';

type Options = {
  /** Networks of one's own that endpoints may lie in, by plain http as well. */
  readonly allowed: readonly Network[];
  readonly timeoutMs?: number;
  /** Certificates that are trusted beside the usual ones, and how names are resolved: for tests. */
  readonly ca?: string;
  readonly resolve?: Resolve;
};

const urlLengthMax = 2000;
const usualTimeoutMs = 15_000;
const namesAtOnceMax = 2;

/** A connection an event: kept ones would be closed under us now and then, and a telling lost to it. TLS sessions are kept. */
export function httpWebhooks({ allowed, timeoutMs = usualTimeoutMs, ca, resolve: by }: Options): Webhooks {
  const resolve = resolvingInTurns(namesAtOnceMax, by);
  const rule = addressRule(allowed);
  const agents = {
    http: new HttpAgent({ keepAlive: false }),
    https: new HttpsAgent({ keepAlive: false, ...(ca === undefined ? {} : { ca }) }),
  };
  const faultOf = (url: string) => faultOfUrl(url, rule, allowed.length > 0);
  return {
    faultOf,
    tell: async (telling) => {
      const fault = faultOf(telling.url);
      if (fault !== undefined) return failed(`it is not sent there: expected ${fault}`);
      try {
        return await post(telling, { agents, rule, timeoutMs, resolve });
      } catch (error) {
        return failed(reasonOf(error, timeoutMs));
      }
    },
  };
}

function faultOfUrl(text: string, rule: AddressRule, isHttpAllowed: boolean): string | undefined {
  if (!URL.canParse(text) || text.length > urlLengthMax) return 'an https:// address of at most 2000 characters';
  const { protocol, hostname, username, password, hash } = new URL(text);
  const isHttp = protocol === 'http:' && isHttpAllowed;
  if (protocol !== 'https:' && !isHttp) return 'an address that begins with https://';
  if (username !== '' || password !== '' || hash !== '') return 'an address without credentials and fragment';
  const address = literalAddress(hostname);
  if (address === undefined) return undefined;
  if (!rule.isAllowed(address)) return `a public address: ${refusal(`${hostname} is ${address}`)}`;
  return isHttp && !rule.isOwn(address) ? 'an address that begins with https://' : undefined;
}

type Calling = {
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly rule: AddressRule;
  readonly timeoutMs: number;
  readonly resolve: Resolve;
};

function post(telling: Telling, { agents, rule, timeoutMs, resolve }: Calling): Promise<TellingOutcome> {
  const { url, id, body, keys } = telling;
  const isTls = url.startsWith('https:');
  const options = {
    method: 'POST',
    // Nothing goes unprotected over networks that are not one's own.
    lookup: guardedLookup(isTls ? rule.isAllowed : rule.isOwn, resolve),
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Minutebook',
      ...webhookHeaders(keys, { id, timestamp: Math.floor(Date.now() / 1000), body }),
    },
  };
  return new Promise((resolve, reject) => {
    // Once there is a status, what breaks the rest off changes nothing.
    let isAnswered = false;
    const answered = (response: IncomingMessage) => {
      isAnswered = true;
      outcomeOf(response).then(resolve, reject);
    };
    const request = isTls
      ? requestHttps(url, { ...options, agent: agents.https }, answered)
      : requestHttp(url, { ...options, agent: agents.http }, answered);
    request.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    // An answer that asks for another protocol (101) ends it without either.
    request.on('close', () => {
      if (!isAnswered) reject(new Error('it closed the connection without an answer'));
    });
    request.end(body);
  });
}

async function outcomeOf(response: IncomingMessage): Promise<TellingOutcome> {
  const { statusCode: status = 0, headers } = response;
  if (status >= 200 && status < 300) {
    response.destroy();
    return { kind: 'delivered', status };
  }
  const said = await excerptOf(response);
  const why = `answered ${status}${isRedirect(status) ? ', and redirects are not followed' : ''}${said === '' ? '' : `: ${said}`}`;
  if (status === 410) return { kind: 'gone', status, why };
  const isAsking = status === 429 || status === 503;
  return {
    kind: 'failed',
    status,
    why,
    retryAfterMs: isAsking ? retryAfterMs(headers['retry-after'], Date.now()) : null,
  };
}

const isRedirect = (status: number) => status >= 300 && status < 400;

function failed(why: string): TellingOutcome {
  return { kind: 'failed', status: null, why, retryAfterMs: null };
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof RefusedAddress) return `it is not sent there: ${error.message}`;
  const { name, message, code } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
