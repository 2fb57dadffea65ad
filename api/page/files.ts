// The built page in memory, compressed once: some hundred kilobytes that every visit asks for.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

export type PageFile = {
  readonly type: string;
  readonly plain: Buffer;
  /** The same, for those who take it; absent where it would save little. */
  readonly br?: Buffer;
  readonly gzip?: Buffer;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
};

/** By path beneath the page's address. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const logoBytesMax = 200_000;

/**
 * Files of kinds that are not listed above, such as source maps, are not served. `root` is what stands before the page's own
 * address; the built index knows none.
 */
export function readPageFiles(
  directory: string,
  { root, logoFile }: { readonly root: string; readonly logoFile?: string },
): { readonly files: PageFiles; readonly logo?: string } {
  const files = new Map<string, PageFile>();
  const names = existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : [];
  for (const name of names) {
    const type = types[path.extname(name)];
    if (type === undefined) continue;
    const content = readFileSync(path.join(directory, name));
    const plain = name.endsWith('.html') ? placed(content, root) : content;
    files.set(name.split(path.sep).join('/'), fileOf(type, plain, name));
  }
  if (logoFile === undefined) return { files };
  const logo = readLogo(logoFile);
  files.set(logo.name, logo.file);
  return { files, logo: logo.name };
}

function fileOf(type: string, plain: Buffer, name: string): PageFile {
  const isHashed = /^assets[\\/].*-[\w-]{8,}\.\w+$/.test(name);
  if (!/^(text|image\/svg)/.test(type) || plain.length < 1000) return { type, plain, isHashed };
  return { type, plain, isHashed, br: brotliCompressSync(plain), gzip: gzipSync(plain) };
}

function placed(html: Buffer, root: string): Buffer {
  if (root === '') return html;
  const text = html
    .toString('utf8')
    .replaceAll('"/billing/', `"${root}/billing/`)
    .replace('name="minutebook-root" content=""', `name="minutebook-root" content="${root}"`);
  return Buffer.from(text);
}

function readLogo(file: string): { readonly name: string; readonly file: PageFile } {
  const content = readFileSync(file);
  if (content.length > logoBytesMax) {
    throw new Error(`PLATFORM_LOGO must be at most ${logoBytesMax} bytes, ${file} has ${content.length}`);
  }
  const ending = path.extname(file).toLowerCase();
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const name = `assets/logo-${hash}${ending}`;
  return { name, file: fileOf(types[ending] ?? 'application/octet-stream', content, name) };
}
