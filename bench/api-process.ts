// The API as a process of its own, as it is run.
import path from 'node:path';
import { freePort, loopback } from '../sandbox/ports';
import { type RunningProcess, startProcess, untilReady } from '../sandbox/processes/processes';
import type { BenchServers } from './servers';

/** Starts it, does the work with its address, and ends it. */
export async function withApi<T>(
  { databaseUrl, temporalAddress, directory }: BenchServers,
  work: (base: string, api: RunningProcess) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const api = await startProcess({
    name: 'api',
    role: 'program',
    command: process.execPath,
    args: [path.join(__dirname, '..', 'api', 'main.js')],
    logFile: path.join(directory, 'logs', 'api.log'),
    env: {
      ...process.env,
      TZ: 'UTC',
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      API_PORT: String(port),
      RATE_LIMIT: '0',
      RATE_LIMIT_INTAKE: '0',
      USAGE_LAG_LIMIT_MINUTES: '0',
      LOG_LEVEL: 'warn',
      SELLER_NAME: 'Bench',
      SELLER_ADDRESS: 'Bench Street 1',
    },
  });
  const base = `http://${loopback}:${port}`;
  const isReady = () =>
    fetch(`${base}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  try {
    await untilReady(api, isReady, 30_000);
    return await work(base, api);
  } finally {
    await api.stop();
  }
}
