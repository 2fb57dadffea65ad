// Minutebook's own processes in the guard's benchmark: they can be ended and started again while all else goes on.
import { randomBytes } from 'node:crypto';
import { createApiKey } from '../commands/create-key';
import { freePort, loopback } from '../sandbox/ports';
import { type RunningProcess, untilReady } from '../sandbox/processes/processes';
import { startBeside } from './measuring';
import type { BenchServers } from './servers';

export type Minutebook = {
  readonly url: string;
  /** Of a platform. */
  readonly key: string;
  readonly workerPid: () => number;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** A worker that commands the platform at this address, and the API. */
export async function startMinutebook(servers: BenchServers, platformUrl: string): Promise<Minutebook> {
  const key = await createApiKey(servers.db, { role: 'platform', name: 'bench' });
  const port = await freePort();
  const url = `http://${loopback}:${port}`;
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const startAll = async () => {
    const platform = { PLATFORM_URL: platformUrl, PLATFORM_SECRET: secret };
    const [worker, api] = await Promise.all([
      startBeside(servers, { name: 'worker', entry: 'workers/main.js', env: platform }),
      startBeside(servers, { name: 'api', entry: 'api/main.js', env: { ...platform, API_PORT: String(port) } }),
    ]);
    await untilReady(api, () => isReady(url), 30_000);
    return { worker, api };
  };
  let running: { worker: RunningProcess; api: RunningProcess } | undefined = await startAll();
  return {
    url,
    key,
    workerPid: () => {
      if (running === undefined) throw new Error('bench: Minutebook is stopped, and has no worker');
      return running.worker.pid;
    },
    start: async () => {
      running ??= await startAll();
    },
    stop: async () => {
      await Promise.all([running?.worker.stop(), running?.api.stop()]);
      running = undefined;
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.ok === true;
}
