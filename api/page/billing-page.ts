// What the billing page is served from: its built files, how long links and visits last, and whose it looks like.
import { type Accent, accentOf } from '../../domain/accent';
import { hourMs } from '../../domain/period';
import { type PageFiles, readPageFiles } from './files';

export type BillingPage = {
  readonly linkMs: number;
  readonly idleMs: number;
  readonly visitMs: number;
  readonly platform: {
    readonly name: string;
    readonly home?: string;
    readonly logo?: string;
    readonly accent?: Accent;
  };
  /** Absent where the page was not built. */
  readonly files?: PageFiles;
};

export type BillingPageOptions = {
  readonly linkMinutes: number;
  readonly idleMinutes: number;
  readonly visitHours: number;
  readonly name: string;
  readonly home?: string | undefined;
  readonly logoFile?: string | undefined;
  readonly accent?: string | undefined;
};

const minuteMs = 60_000;

/** Reads the files of a directory, which need not be there. Throws where the logo cannot be read. */
export function createBillingPage(
  options: BillingPageOptions,
  { directory, publicUrl }: { readonly directory: string; readonly publicUrl: string | null },
): BillingPage {
  const { home, logoFile, accent } = options;
  const root = rootOf(publicUrl);
  const read = readPageFiles(directory, { root, ...(logoFile === undefined ? {} : { logoFile }) });
  return {
    linkMs: options.linkMinutes * minuteMs,
    idleMs: options.idleMinutes * minuteMs,
    visitMs: options.visitHours * hourMs,
    platform: {
      name: options.name,
      ...(home === undefined ? {} : { home }),
      ...(read.logo === undefined ? {} : { logo: `${root}/billing/${read.logo}` }),
      ...(accent === undefined ? {} : { accent: accentOf(accent) }),
    },
    ...(read.files.has(indexFile) ? { files: read.files } : {}),
  };
}

/** Where nothing is said of it. */
export function unbuiltPage(name: string): BillingPage {
  const patience = { linkMs: 10 * minuteMs, idleMs: 30 * minuteMs, visitMs: 12 * hourMs };
  return { ...patience, platform: { name } };
}

export const indexFile = 'index.html';

/** What stands before `/v1` and `/billing` in an address that a browser asks for: the path of PUBLIC_URL. */
export function rootOf(publicUrl: string | null): string {
  return publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
}
