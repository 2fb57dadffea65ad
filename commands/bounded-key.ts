// Business keys where somebody limits their length: a workspace's id and a key of its customers' may have 128 each.

import { createHash } from 'node:crypto';

/** The text itself; where it is too long, its hash, which is as good a key though nobody can read it. */
export function boundedKey(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const [kind = ''] = text.split(/[:/]/);
  return `${kind}:${createHash('sha256').update(text).digest('hex')}`;
}
