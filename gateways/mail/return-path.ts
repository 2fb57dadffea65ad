// The envelope's sender of each mail (VERP): a bounce comes back to it and so says which mail and address it is about,
// whatever is written in it. Unguessable, so that nobody can report an address as dead that is not.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ownAddress } from './headers';

export type ReturnPathOf = {
  /** At least 32 characters, kept by whoever runs Minutebook; another one makes earlier return paths unknown. */
  readonly secret: string;
  readonly emailKey: string;
  readonly address: string;
};

const prefix = 'b-';
// Base 32, as mail servers on the way may turn capitals into small letters.
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const tokenForm = /^[a-z2-7]{32}$/;

/** The token of one mail to one address: 160 bits of HMAC-SHA-256 in 32 characters. Stored, it finds its mail again. */
export function returnToken({ secret, emailKey, address }: ReturnPathOf): string {
  if (secret.length < 32) throw new RangeError('expected a secret of at least 32 characters for return paths');
  const about = JSON.stringify(['return-path', emailKey, address]);
  return base32(createHmac('sha256', secret).update(about).digest().subarray(0, 20));
}

/** `b-<token>@<domain>`: within the 64 characters that may stand before the @. */
export function returnPath(of: ReturnPathOf & { readonly domain: string }): string {
  return ownAddress(`${prefix}${returnToken(of)}@${of.domain}`);
}

/** The token in the address that a bounce came to, of whatever capitals; undefined where it is none of ours. */
export function readReturnPath(recipient: string, domain: string): string | undefined {
  const [local = '', host, more] = recipient
    .trim()
    .replace(/^<(.*)>$/, '$1')
    .toLowerCase()
    .split('@');
  if (host !== domain.toLowerCase() || more !== undefined || !local.startsWith(prefix)) return undefined;
  const token = local.slice(prefix.length);
  return tokenForm.test(token) ? token : undefined;
}

/** Whether a token was made for this mail and address, compared in constant time. */
export function isReturnToken(token: string, of: ReturnPathOf): boolean {
  return tokenForm.test(token) && timingSafeEqual(Buffer.from(token), Buffer.from(returnToken(of)));
}

function base32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
}
