// The dashboard of a month with 100 models of 3 versions, beside the same bytes from a server that computes nothing.
import { createServer } from 'node:http';
import { createApiKey } from '../commands/create-key';
import { monthEndMs, monthOf, previousMonth } from '../domain/period';
import { freePort, loopback } from '../sandbox/ports';
import { withApi } from './api';
import { withServers } from './servers';
import { modelCount, prepareUsage, workspace } from './usage-data';

const asked = 500;

/** Prints the answer's time, warm, at the 50th and 99th percentile. */
export async function dashboard(): Promise<void> {
  await withServers(async (servers) => {
    const { db } = servers;
    const month = previousMonth(monthOf(Date.now()));
    console.log(
      `dashboard (asked: p99 at most 50 ms): one workspace, 100 models of 3 versions, every hour of ${month}`,
    );
    await prepareUsage(db, { month, untilMs: monthEndMs(month), versionsOf: () => 3 });
    const key = await createApiKey(db, { role: 'admin', name: 'bench' });
    await withApi(servers, async (base) => {
      const headers = { authorization: `Bearer ${key}` };
      const url = `${base}/v1/workspaces/${workspace}/usage?period=${month}`;
      const body = await (await fetch(url, { headers })).text();
      const { models } = JSON.parse(body) as { models: unknown[] };
      if (models.length !== modelCount)
        throw new Error(`expected ${modelCount} models on the dashboard, came ${models.length}`);
      print(`GET /v1/workspaces/{id}/usage, ${(body.length / 1024).toFixed(0)} KiB`, await timesOf(url, headers));
      const bare = createServer((_request, response) => response.end(body));
      const barePort = await freePort();
      await new Promise<void>((resolve) => bare.listen(barePort, loopback, resolve));
      print('the same bytes, nothing computed', await timesOf(`http://${loopback}:${barePort}`, {}));
      bare.close();
    });
  });
}

export async function timesOf(url: string, headers: Record<string, string>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let each = 0; each < asked + 50; each++) {
    const began = performance.now();
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`expected 200, came ${response.status}`);
    times.push(performance.now() - began);
  }
  // The first fifty warm it up.
  return times.slice(50).sort((one, other) => one - other);
}

function print(what: string, times: readonly number[]): void {
  const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(1)} ms`;
  console.log(`${what}: p50 ${at(0.5)}, p99 ${at(0.99)} of ${times.length}`);
}
