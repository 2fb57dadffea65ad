// .minutebook/sandbox.json: where a started Minutebook is found, and the keys to it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writePrivateFile } from './private-file';

export type SandboxFile = {
  readonly api: string;
  /** Null where TEMPORAL_ADDRESS names a server of somebody else's. */
  readonly temporalUi: string | null;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  /** The simulated platform, or what PLATFORM_URL names; null when there is none. */
  readonly platform: string | null;
  readonly keys: { readonly admin: string; readonly platform: string };
};

/** What the last start wrote. It stays after a stop: whether something answers there is for the reader to see. */
export function readSandboxFile(home: string): SandboxFile | undefined {
  try {
    return JSON.parse(readFileSync(sandboxFile(home), 'utf8')) as SandboxFile;
  } catch {
    return undefined;
  }
}

export function writeSandboxFile(home: string, content: SandboxFile): void {
  writePrivateFile(sandboxFile(home), `${JSON.stringify(content, null, 2)}\n`);
}

export function sandboxFile(home: string): string {
  return path.join(home, 'sandbox.json');
}
