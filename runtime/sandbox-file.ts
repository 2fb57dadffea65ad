// Where `npm start` keeps its data, and the file in it by which a Minutebook started on this machine is found.

import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Data kept between runs: MINUTEBOOK_HOME, or `.minutebook` in the project. */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>, projectDirectory: string): string {
  return path.resolve(env['MINUTEBOOK_HOME'] || path.join(projectDirectory, '.minutebook'));
}

/** .minutebook/sandbox.json: where a started Minutebook is found, and the keys to it. */
export type SandboxFile = {
  readonly api: string;
  /** Null where TEMPORAL_ADDRESS names a server of somebody else's. */
  readonly temporalUi: string | null;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  /** The simulated platform, or what PLATFORM_URL names; null when there is none. */
  readonly platform: string | null;
  /** The emulator of Stripe and the key to it; null where STRIPE_SECRET_KEY opens an account of somebody's. */
  readonly stripe: { readonly url: string; readonly secretKey: string } | null;
  /** The page of the inbox; null where SMTP_URL names a server of somebody else's. */
  readonly mail: string | null;
  /** The billing page: links into it begin so. */
  readonly page: string;
  /** Addresses of the simulated platform that lead to the billing page of each of its workspaces; none without it. */
  readonly pages: readonly string[];
  readonly keys: { readonly admin: string; readonly platform: string };
};

/**
 * What the last start wrote; undefined where none did. It stays after a stop: whether something answers there is for the
 * reader to see.
 */
export function readSandboxFile(home: string): SandboxFile | undefined {
  try {
    return JSON.parse(readFileSync(sandboxFile(home), 'utf8')) as SandboxFile;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function sandboxFile(home: string): string {
  return path.join(home, 'sandbox.json');
}
