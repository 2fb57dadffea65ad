// Signatures as Standard Webhooks has them (standardwebhooks.com, symmetric): HMAC-SHA256 over `id.timestamp.body`, the key
// being what follows `whsec_` in base64. What a command is about stands in its body, so that it is signed, too.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old a signed call may be, in seconds: what is caught on the way is of no use for long. */
export const toleranceSeconds = 300;

const secretPrefix = 'whsec_';
const secretBytesMin = 24;
const secretBytesMax = 64;

/** The key in a secret. Undefined where it is none: `whsec_` and 24 to 64 bytes in base64. */
export function keyOf(secret: string): Buffer | undefined {
  if (!secret.startsWith(secretPrefix)) return undefined;
  const text = secret.slice(secretPrefix.length);
  const key = Buffer.from(text, 'base64');
  const isBase64 = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return isBase64 && key.length >= secretBytesMin && key.length <= secretBytesMax ? key : undefined;
}

export type Signed = { readonly id: string; readonly timestamp: number; readonly body: string };

/** The three headers of a call signed at `timestamp` (seconds since the epoch). */
export function signatureHeaders(key: Buffer, signed: Signed): Readonly<Record<string, string>> {
  return webhookHeaders([key], signed);
}

/** The same with a signature for each key: whoever has either of two that take turns finds it right. */
export function webhookHeaders(
  keys: readonly Buffer[],
  { id, timestamp, body }: Signed,
): Readonly<Record<string, string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': keys.map((key) => `v1,${signatureOf(key, { id, timestamp, body })}`).join(' '),
  };
}

/** A key as whoever verifies has it. */
export function secretOf(key: Buffer): string {
  return `${secretPrefix}${key.toString('base64')}`;
}

/** Why a call is not to be believed; undefined where its signature is right. For who receives calls. */
export function signatureFault(
  key: Buffer,
  headers: { readonly [name: string]: string | readonly string[] | undefined },
  { body, nowMs }: { readonly body: string; readonly nowMs: number },
): string | undefined {
  const [id, time, given] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headers[name]);
  if (typeof id !== 'string' || typeof time !== 'string' || typeof given !== 'string') {
    return 'expected the headers webhook-id, webhook-timestamp and webhook-signature';
  }
  const timestamp = Number(time);
  if (!/^\d{1,12}$/.test(time) || Math.abs(nowMs / 1000 - timestamp) > toleranceSeconds) {
    return `expected webhook-timestamp within ${toleranceSeconds} seconds of now`;
  }
  const expected = Buffer.from(signatureOf(key, { id, timestamp, body }));
  const isRight = given.split(' ').some((each) => {
    const [version, signature = ''] = each.split(',');
    const came = Buffer.from(signature);
    return version === 'v1' && came.length === expected.length && timingSafeEqual(came, expected);
  });
  return isRight ? undefined : 'the signature is not that of this body under the shared secret';
}

function signatureOf(key: Buffer, { id, timestamp, body }: Signed): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
}
