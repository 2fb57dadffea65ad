// A Postgres connection of its own that hears of new outbox rows, and comes back when Postgres was away.

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from '../runtime/logging';

const againAfterMs = 1000;

export type OutboxListener = { stop(): Promise<void> };

type Options = {
  readonly databaseUrl: string;
  readonly log: Logger;
  /** With the lane that got rows, and without one after each connecting: rows may have come in between. */
  readonly onWake: (lane?: string) => void;
};

export function listenToOutbox(options: Options): OutboxListener {
  const stopping = new AbortController();
  const done = keepListening(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function keepListening({ databaseUrl, log, onWake }: Options, stopping: AbortSignal): Promise<void> {
  let isSaid = false;
  while (!stopping.aborted) {
    const connected = () => {
      if (isSaid) log.info('hearing of new outbox rows again');
      isSaid = false;
      onWake();
    };
    const error = await listenOnce({ databaseUrl, onWake, connected, stopping }).catch((error: unknown) => error);
    if (stopping.aborted) return;
    if (!isSaid) log.warn({ err: error }, 'not hearing of new outbox rows; the poll still finds them');
    isSaid = true;
    await sleep(againAfterMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** Listens until the connection ends or `stopping` says so. */
async function listenOnce(
  options: Pick<Options, 'databaseUrl' | 'onWake'> & { readonly connected: () => void; readonly stopping: AbortSignal },
): Promise<void> {
  const client = new Client({ connectionString: options.databaseUrl, application_name: 'outbox', keepAlive: true });
  let stop: () => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    client.once('end', () => reject(new Error('the connection ended')));
    client.on('error', reject);
    stop = resolve;
  });
  options.stopping.addEventListener('abort', stop);
  // Awaited below; until then a rejection has nobody to hear it.
  ended.catch(() => undefined);
  try {
    await client.connect();
    client.on('notification', ({ payload }) => options.onWake(payload));
    await client.query('listen outbox');
    options.connected();
    await ended;
  } finally {
    options.stopping.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}
