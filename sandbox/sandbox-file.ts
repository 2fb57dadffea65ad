// .minutebook/sandbox.json: where a started Minutebook is found, and the keys to it.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

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

/** Readable by its owner alone, for it holds keys; replaced whole, so that nobody reads half of it. */
export function writeSandboxFile(home: string, content: SandboxFile): void {
  const draft = `${sandboxFile(home)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, sandboxFile(home));
}

export function sandboxFile(home: string): string {
  return path.join(home, 'sandbox.json');
}
