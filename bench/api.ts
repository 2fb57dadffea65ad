// The API's process in a benchmark, set up as in production.
import path from 'node:path';
import { freePort, loopback } from '../sandbox/ports';
import { type RunningProcess, startProcess, untilReady } from '../sandbox/processes/processes';
import type { BenchServers } from './servers';

/** Starts it, does the work at its address, and stops it. */
export async function withApi<T>(
  servers: BenchServers,
  work: (base: string, api: RunningProcess) => Promise<T>,
): Promise<T> {
  const { databaseUrl, temporalAddress, directory } = servers;
  const port = await freePort();
  const base = `http://${loopback}:${port}`;
  const api = await startProcess({
    name: 'api',
    role: 'program',
    command: process.execPath,
    args: [path.join(__dirname, '..', 'api', 'main.js')],
    logFile: path.join(directory, 'logs', 'api.log'),
    env: {
      ...process.env,
      ...{ TZ: 'UTC', DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalAddress, API_PORT: String(port) },
      ...{ LOG_LEVEL: 'warn', SELLER_NAME: 'Bench', SELLER_ADDRESS: 'Bench Street 1', PUBLIC_URL: base },
      // As much as comes.
      ...{ RATE_LIMIT: '0', RATE_LIMIT_INTAKE: '0', USAGE_LAG_LIMIT_MINUTES: '0' },
    },
  });
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
