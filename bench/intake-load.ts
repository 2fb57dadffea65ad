// Load on the API: batches sent at a rate or as fast as it goes, and readers beside them.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { type RunningProcess, sleep } from '../sandbox/processes/processes';
import { cpuOf, cpuOfFamily } from './cpu';
import type { BenchServers } from './servers';

/** So many calls at once. */
export const inFlight = 8;

/** Sends `each` reports a call. */
export type Sender = { readonly each: number; readonly send: () => Promise<number> };

type Body = { readonly body: string; readonly reports: number };

/** Sends the next body; answers how many reports were in it. Throws where it is not taken. */
export function senderOf(
  {
    url,
    key,
    contentType,
    each,
  }: { readonly url: string; readonly key: string; readonly contentType: string; readonly each: number },
  next: () => Body,
): Sender {
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${key}`, 'content-type': contentType };
  return {
    each,
    send: () =>
      new Promise((resolve, reject) => {
        const { body, reports } = next();
        const call = request(`${url}/v1/usage`, { method: 'POST', agent, headers }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.on('end', () =>
            answer.statusCode === 202 ? resolve(reports) : reject(new Error(`answered ${answer.statusCode}: ${text}`)),
          );
        });
        call.once('error', reject);
        call.end(body);
      }),
  };
}

export type Sent = { readonly reports: number; readonly seconds: number };
export type Load = Times & Sent;
export type Times = { readonly count: number; readonly at: (share: number) => string };

/** So many calls at once for so long; with a rate no more reports a second than that. */
export async function sendAt(of: {
  readonly sender: Sender;
  readonly inFlight: number;
  readonly seconds: number;
  readonly rate?: number;
}): Promise<Load> {
  const times: number[] = [];
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  let reports = 0;
  // What is under way counts: or all lanes would begin at the same time, and wait at the same time.
  let begun = 0;
  const lane = async () => {
    while (elapsed() < of.seconds) {
      const aheadMs = of.rate === undefined ? 0 : (begun / of.rate - elapsed()) * 1000;
      if (aheadMs > 1) {
        await sleep(aheadMs);
        continue;
      }
      begun += of.sender.each;
      const before = performance.now();
      const sent = await of.sender.send();
      times.push(performance.now() - before);
      reports += sent;
    }
  };
  await Promise.all(Array.from({ length: of.inFlight }, lane));
  return { reports, seconds: elapsed(), ...timesOf(times) };
}

/** Microseconds of CPU that a report costs each process. */
export type Cost = { readonly api: number; readonly postgres: number; readonly sender: number };

export async function withCost<Some extends Sent>(
  { servers, api }: { readonly servers: BenchServers; readonly api: RunningProcess },
  send: () => Promise<Some>,
): Promise<Some & { readonly cost: Cost }> {
  const cpuMs = () => ({ api: cpuOf(api.pid), postgres: cpuOfFamily(servers.postgresPid), sender: cpuOf(process.pid) });
  const before = cpuMs();
  const sent = await send();
  const after = cpuMs();
  const each = (whose: keyof Cost) => (1000 * (after[whose] - before[whose])) / sent.reports;
  return { ...sent, cost: { api: each('api'), postgres: each('postgres'), sender: each('sender') } };
}

export function saidOf({ api, postgres, sender }: Cost): string {
  const us = (each: number) => `${each.toFixed(1)} µs`;
  return `CPU a report: API ${us(api)}, Postgres ${us(postgres)}, sender ${us(sender)}`;
}

/** Dashboards of `workspaces`, one after the other, by a process of its own, until `isOver`. */
export async function readBeside(of: {
  readonly url: string;
  readonly key: string;
  readonly workspaces: readonly string[];
  readonly everyMs: number;
}): Promise<() => Promise<Times>> {
  const reader = fork(path.join(__dirname, 'intake-reader.js'));
  const times = new Promise<readonly number[]>((resolve, reject) => {
    reader.once('message', (message) => resolve(message as readonly number[]));
    reader.once('exit', (code) => reject(new Error(`reading ended with exit code ${code}`)));
  });
  reader.send(of);
  return async () => {
    reader.send('enough');
    return timesOf(await times);
  };
}

/** Memory of a process as the system counts it. */
export function residentMb(pid: number): string {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kilobytes) / 1024).toFixed(0);
}

function timesOf(times: readonly number[]): Times {
  const sorted = [...times].sort((one, other) => one - other);
  return {
    count: sorted.length,
    at: (share) => `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)} ms`,
  };
}
