// Replaying quarantine after the change that mends it: usually done before the caller is answered.
import type { FastifyInstance } from 'fastify';
import { replayAll, replayOf } from '../commands/replay-quarantine';
import type { Api } from './api';

const patienceMs = 2_000;

/**
 * Replays what lay in quarantine for one workspace or all (null), where a change has just mended it. Answers how many reports,
 * or undefined where that is not known yet, as it goes on, or as it failed and metering will do it.
 */
export type Replay = (workspace: string | null) => Promise<number | undefined>;

/**
 * The answer waits at most two seconds: a quarantine of millions is replayed on. Whatever fails here is done by the next
 * round of metering, which replays as well.
 */
export function createReplay(app: FastifyInstance, { db, appender, clock, log }: Api): Replay {
  const running = new Set<Promise<number | undefined>>();
  app.addHook('onClose', async () => {
    await Promise.all(running);
  });
  return async (workspace) => {
    const nowMs = await clock();
    const all = { db, appender, nowMs };
    const replaying = (workspace === null ? replayAll(all) : replayOf(all, workspace)).catch((err: unknown) => {
      log.warn({ err, workspace }, 'quarantine was not replayed; metering will');
      return undefined;
    });
    running.add(replaying);
    void replaying.then(() => running.delete(replaying));
    return Promise.race([replaying, patience()]);
  };
}

function patience(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), patienceMs).unref();
  });
}
