// Where customers may be sent back to. A page of ours that leads to any address would lend our name to whoever makes a link to
// it: only origins that were named beforehand are led to.
import { MinutebookError } from './errors';

const ownMachine = ['localhost', '127.0.0.1', '[::1]'];

/**
 * An origin as settings name it: `https://app.example.com`, with its port where it is another than 443, or one's own machine by
 * http, where `http://localhost:*` is any port. Undefined where the text is none.
 */
export function parseReturnOrigin(text: string): string | undefined {
  const anyPort = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\]):\*$/.exec(text);
  if (anyPort !== null) return text;
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, origin, href } = new URL(text);
  const isBare = href === `${origin}/` && !/[\s?#]/.test(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && ownMachine.includes(hostname));
  return isBare && isSafe ? origin : undefined;
}

/** Whether an address lies at one of these origins. */
export function leadsBack(address: string, origins: readonly string[]): boolean {
  const { origin, protocol, hostname } = new URL(address);
  return origins.includes(origin) || origins.includes(`${protocol}//${hostname}:*`);
}

/**
 * Refuses an address that lies elsewhere. Throws `invalid_request` about the field `returnUrl`; null is a page of ours, and
 * always right.
 */
export function refuseElsewhere(returnUrl: string | null, origins: readonly string[]): void {
  if (returnUrl === null || leadsBack(returnUrl, origins)) return;
  const expected =
    origins.length === 0 ? 'none, as RETURN_ORIGINS is not set' : `an address at ${origins.join(' or ')}`;
  const message = `expected ${expected}; came one at ${new URL(returnUrl).origin}. Whoever runs Minutebook adds it to RETURN_ORIGINS`;
  throw new MinutebookError({
    code: 'invalid_request',
    detail: `nobody is sent there: ${message}`,
    faults: [{ field: 'returnUrl', message }],
  });
}
