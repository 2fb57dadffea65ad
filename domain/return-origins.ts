// Where pages of ours may lead: to addresses of origins that whoever runs this has named. Any address would be a gift to
// phishers, as links that begin with our own name would lead to theirs.
import { MinutebookError } from './errors';

/** Whether an address is of one of the origins, such as `https://app.example.com`. */
export function isOfOrigin(url: string, origins: readonly string[]): boolean {
  return URL.canParse(url) && origins.includes(new URL(url).origin);
}

/** Throws `invalid_request` where a `returnUrl` (null: none) is not of one of the origins. */
export function assertReturnUrl(url: string | null, origins: readonly string[]): void {
  if (url === null || isOfOrigin(url, origins)) return;
  const allowed = origins.length === 0 ? 'none is allowed' : `allowed are ${origins.join(', ')}`;
  const message = `expected an address of an origin that RETURN_ORIGINS names (${allowed}), came ${new URL(url).origin}`;
  const faults = [{ field: 'returnUrl', message }];
  throw new MinutebookError({ code: 'invalid_request', detail: `the address to return to: ${message}`, faults });
}
