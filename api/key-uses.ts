// The last use of keys, gathered and written now and then: never on the path of a request.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { noteKeyUses } from '../db/accounts/key-uses';
import type { Db } from '../db/connection/knex';

export type KeyUses = {
  note(id: string, nowMs: number): void;
  /** Writes what was gathered. Rejects where Postgres is away, and what was gathered stays. */
  write(): Promise<void>;
};

const writtenEveryMs = 20_000;

export function gatherKeyUses(db: Db): KeyUses {
  let gathered = new Map<string, number>();
  return {
    note: (id, nowMs) => {
      gathered.set(id, nowMs);
    },
    write: async () => {
      if (gathered.size === 0) return;
      const uses = gathered;
      gathered = new Map();
      try {
        await noteKeyUses(db, uses);
      } catch (error) {
        gathered = new Map([...uses, ...gathered]);
        throw error;
      }
    },
  };
}

/** Has them written every 20 s, and once more when the app closes. Without them nobody is refused: a fault is only logged. */
export function writeKeyUses(app: FastifyInstance, uses: KeyUses, log: FastifyBaseLogger): void {
  const write = () => uses.write().catch((err: unknown) => log.warn({ err }, 'the last use of keys was not noted'));
  const timer = setInterval(() => void write(), writtenEveryMs).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await write();
  });
}
