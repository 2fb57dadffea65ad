// Replaying quarantine after the change that mends it: usually done before the caller is answered.
import type { FastifyInstance } from 'fastify';
import { replayQuarantine } from '../commands/record-usage';
import type { Api } from './api';

const patienceMs = 2_000;

/** Replays what lay in quarantine for one workspace or all (null), where a change has just mended it. */
export type Replay = (workspace: string | null) => Promise<void>;

/**
 * The answer waits at most two seconds: a quarantine of millions is replayed on. Whatever fails here is done by the next
 * round of metering, which replays as well.
 */
export function createReplay(app: FastifyInstance, { db, appender, clock, log }: Api): Replay {
  const running = new Set<Promise<void>>();
  app.addHook('onClose', async () => {
    await Promise.all(running);
  });
  return async (workspace) => {
    const nowMs = await clock();
    const replaying = replayQuarantine(db, appender, { workspace, nowMs }).then(
      () => undefined,
      (err: unknown) => log.warn({ err, workspace }, 'quarantine was not replayed; metering will'),
    );
    running.add(replaying);
    void replaying.then(() => running.delete(replaying));
    await Promise.race([replaying, patience()]);
  };
}

function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, patienceMs).unref();
  });
}
