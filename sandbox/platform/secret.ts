// The secret that billing signs its commands to the simulated platform with: made once, and kept.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { keyOf } from '../../gateways/models/signature';
import { writePrivateFile } from '../private-file';

export function platformSecret(home: string): string {
  const file = path.join(home, 'platform.secret');
  const kept = read(file);
  if (kept !== undefined && keyOf(kept) !== undefined) return kept;
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  writePrivateFile(file, secret);
  return secret;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
