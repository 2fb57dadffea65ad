// The mails that came, kept between runs in files of the home directory: the source as it came, and beside it the envelope
// with what a list shows. Bounded by number and by size; the oldest go first.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type Envelope = { readonly mailFrom: string; readonly rcptTo: readonly string[] };

export type Kept = Envelope & {
  readonly id: string;
  readonly receivedAt: string;
  readonly messageId: string | null;
  readonly from: string | null;
  readonly fromName: string | null;
  readonly to: readonly string[];
  readonly subject: string | null;
  readonly attachments: number;
  readonly bytes: number;
};

export type Store = {
  /** Newest first. */
  list(): readonly Kept[];
  find(id: string): Kept | undefined;
  source(id: string): Buffer | undefined;
  add(source: Buffer, about: Omit<Kept, 'id' | 'bytes'>): Kept;
  clear(): void;
};

export type Bounds = { readonly mailsMax: number; readonly bytesMax: number };

export const bounds: Bounds = { mailsMax: 1000, bytesMax: 256 * 1024 * 1024 };

export function openStore(directory: string, { mailsMax, bytesMax }: Bounds = bounds): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Oldest first. In memory whole: a thousand of these are half a megabyte.
  let kept = readKept(directory);
  let next = Number(kept.at(-1)?.id ?? 0) + 1;
  const fileOf = (id: string, kind: string) => path.join(directory, `${id}.${kind}`);
  const forget = ({ id }: Kept) => {
    rmSync(fileOf(id, 'json'), { force: true });
    rmSync(fileOf(id, 'eml'), { force: true });
  };
  return {
    list: () => kept.toReversed(),
    find: (id) => kept.find((each) => each.id === id),
    source: (id) => (kept.some((each) => each.id === id) ? readFileSync(fileOf(id, 'eml')) : undefined),
    add: (source, about) => {
      const id = String(next++).padStart(8, '0');
      const mail = { id, ...about, bytes: source.length };
      writeFileSync(fileOf(id, 'eml'), source, { mode: 0o600 });
      // Last and whole: a source without it is one whose sender was not told that it arrived.
      writeFileSync(fileOf(id, 'new'), JSON.stringify(mail), { mode: 0o600 });
      renameSync(fileOf(id, 'new'), fileOf(id, 'json'));
      const all = [...kept, mail];
      kept = newest(all, { mailsMax, bytesMax });
      for (const gone of all.slice(0, all.length - kept.length)) forget(gone);
      return mail;
    },
    clear: () => {
      for (const each of kept) forget(each);
      kept = [];
    },
  };
}

function newest(all: readonly Kept[], { mailsMax, bytesMax }: Bounds): readonly Kept[] {
  let from = all.length;
  let bytes = 0;
  while (from > 0 && all.length - from < mailsMax) {
    bytes += all[from - 1]?.bytes ?? 0;
    // The newest stays, however large.
    if (bytes > bytesMax && from < all.length) break;
    from--;
  }
  return all.slice(from);
}

function readKept(directory: string): readonly Kept[] {
  const files = readdirSync(directory).sort();
  const kept = files
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => readOne(path.join(directory, file)) ?? []);
  const whole = new Set(kept.map(({ id }) => id));
  // What was half written when the machine went down: nobody was told that it arrived.
  for (const file of files) {
    if (/\.(eml|new|json)$/.test(file) && !whole.has(path.parse(file).name)) rmSync(path.join(directory, file));
  }
  return kept;
}

function readOne(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch (error) {
    console.error(`a mail of the inbox is lost, as ${file} cannot be read: ${String(error)}`);
    return undefined;
  }
}
