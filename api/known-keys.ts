// Keys as requests come with them: looked up in Postgres, remembered for a moment, and their use noted by the way.
import { performance } from 'node:perf_hooks';
import { type FoundKey, findKey, hashOfKey } from '../db/accounts/api-keys';
import type { Db } from '../db/connection/knex';
import { isUsable } from '../domain/keys';
import type { KeyUses } from './key-uses';

export type KnownKeys = {
  /** Whose key it is; undefined where nobody's, or where it is over. */
  find(key: string): Promise<FoundKey | undefined>;
  /** Whether a key was found here not long ago; whether it still is one, that does not say. */
  hasSeen(key: string): boolean;
  /** To be called when keys were changed: none that was remembered before counts any more. */
  forget(): void;
};

const rememberedMs = 1_000;
const rememberedMax = 10_000;

/**
 * A platform sends hundreds of calls a second with one key. Remembered for a second, so long may a key still work that was
 * revoked at another process; one that is not known is looked up every time.
 */
export function knownKeys(of: {
  readonly db: Db;
  readonly clock: () => number | Promise<number>;
  readonly uses: KeyUses;
}): KnownKeys {
  const { db, clock, uses } = of;
  const remembered = new Map<string, { readonly found: FoundKey; readonly untilMs: number }>();
  let changes = 0;
  const lookUp = async (hash: string, nowMs: number): Promise<FoundKey | undefined> => {
    const entry = remembered.get(hash);
    if (entry !== undefined && performance.now() < entry.untilMs) return entry.found;
    const changesBefore = changes;
    const found = await findKey(db, hash, nowMs);
    if (found === undefined) remembered.delete(hash);
    // What was read while a key was being revoked may be of before.
    if (found === undefined || changes !== changesBefore) return found;
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(hash, { found, untilMs: performance.now() + rememberedMs });
    return found;
  };
  return {
    find: async (key) => {
      const nowMs = await clock();
      const found = await lookUp(hashOfKey(key), nowMs);
      if (found === undefined || !isUsable({ ...found, revokedAtMs: null }, nowMs)) return undefined;
      uses.note(found.id, nowMs);
      return found;
    },
    hasSeen: (key) => remembered.has(hashOfKey(key)),
    forget: () => {
      changes++;
      remembered.clear();
    },
  };
}
