// The platform in the environment: where it takes commands, and the secret that they are signed with.

import { keyOf } from '../gateways/models/signature';

export type PlatformSettings = {
  /** Without a slash at its end. */
  readonly url: string;
  readonly secret: string;
};

type Env = Readonly<Record<string, string | undefined>>;

/** Reads it; undefined without PLATFORM_URL, and then nothing is commanded. Complains into `faults`. */
export function readPlatformSettings(env: Env, faults: string[]): PlatformSettings | undefined {
  const [url, secret] = [env['PLATFORM_URL'] || undefined, env['PLATFORM_SECRET'] || undefined];
  if (url !== undefined && !isHttp(url)) {
    faults.push(
      'PLATFORM_URL must be an address that begins with http:// or https://, without a query; this one is not',
    );
  }
  if (secret !== undefined && keyOf(secret) === undefined) {
    faults.push('PLATFORM_SECRET must be whsec_ and 24 to 64 bytes in base64; this one is not');
  }
  if (url === undefined) return undefined;
  if (secret === undefined)
    faults.push('PLATFORM_SECRET is not set: with PLATFORM_URL it must be whsec_ and 24 to 64 bytes in base64');
  return { url: url.replace(/\/+$/, ''), secret: secret ?? '' };
}

function isHttp(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && search === '' && hash === '';
}
