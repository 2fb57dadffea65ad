// Stored answers, sealed: some hold what is shown once (a key, a link), and whoever reads the database is not who it was shown to.
// The key to each follows from the caller's credential and his Idempotency-Key, of both of which only hashes are stored. (A visit's
// credential is the hash of its cookie: what is answered to the billing page is sealed by its Idempotency-Key alone.)
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What opens an answer. `hash` says which call it is of: of another one it opens nothing. */
export type Opener = { readonly credential: string; readonly idempotencyKey: string; readonly hash: string };

const [ivLength, tagLength] = [12, 16];

export function seal(text: string, opener: Opener): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', keyOf(opener), iv).setAAD(Buffer.from(opener.hash, 'hex'));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** Throws where it was sealed with anything else. */
export function unseal(sealed: Buffer, opener: Opener): string {
  const iv = sealed.subarray(0, ivLength);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(opener), iv, { authTagLength: tagLength })
    .setAAD(Buffer.from(opener.hash, 'hex'))
    .setAuthTag(sealed.subarray(ivLength, ivLength + tagLength));
  return Buffer.concat([decipher.update(sealed.subarray(ivLength + tagLength)), decipher.final()]).toString('utf8');
}

function keyOf({ credential, idempotencyKey }: Opener): Buffer {
  return Buffer.from(hkdfSync('sha256', credential, idempotencyKey, 'minutebook idempotent answer', 32));
}
