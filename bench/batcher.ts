// The client's batcher beside bodies made by hand, in turns, as a machine is not as fast at all times. Reports are made before
// for both, and their minute is filled in on the way: into the text of a batch, which is sent as it is, or into each
// report, which the batcher is given alone. All of it counts, as the sender shares the cores with the API and Postgres.
import { createBatcher } from '../client/batcher';
import { createClient } from '../client/http';
import type { RunningProcess } from '../sandbox/processes/processes';
import { Fleet, reportsAChunk } from './intake-fleet';
import { inFlight, type Sender, type Sent, saidOf, sendAt, withCost } from './intake-load';
import type { BenchServers } from './servers';

const rounds = 2;
const shareAsked = 0.8;

type Of = {
  readonly url: string;
  readonly key: string;
  readonly fleet: Fleet;
  readonly sender: Sender;
  /** Of each line. */
  readonly seconds: number;
};

/** By rate, and by the CPU of all processes: that says the same where they have the machine to themselves. */
export async function batcherBesideHand(servers: BenchServers, api: RunningProcess, of: Of): Promise<void> {
  // What is filled in to be timed alone is not sent.
  const unsent = new Fleet(of.fleet.beganMs);
  const byHand = {
    name: 'by hand',
    fill: () => unsent.nextJson(),
    send: () => sendAt({ ...of, inFlight }),
    sum: { reports: 0, seconds: 0, cpuUs: 0 },
  };
  const batched = {
    name: 'batcher',
    fill: () => unsent.nextReports(),
    send: () => throughBatcher(of),
    sum: { reports: 0, seconds: 0, cpuUs: 0 },
  };
  console.log(
    `batcher (asked: ${100 * shareAsked} % of JSON by hand): both of reports made before, whose minute is filled in, ${of.seconds} s a line`,
  );
  for (let round = 1; round <= rounds; round++) {
    for (const { name, fill, send, sum } of [byHand, batched]) {
      const { cost, reports, seconds } = await withCost<Sent>({ servers, api }, send);
      sum.reports += reports;
      sum.seconds += seconds;
      sum.cpuUs += reports * (cost.api + cost.postgres + cost.sender);
      console.log(
        `${name}, ${reportsAChunk} a batch, ${round} of ${rounds}: ${(reports / seconds).toFixed(0)} reports/s; ${saidOf(cost)}, of which filling in the minute ${usOf(fill).toFixed(2)} µs`,
      );
    }
  }
  const [one, other] = [byHand.sum, batched.sum];
  const share = (100 * other.reports * one.seconds) / (other.seconds * one.reports);
  const shareByCpu = (100 * other.reports * one.cpuUs) / (other.cpuUs * one.reports);
  console.log(`batcher, share of JSON by hand: ${share.toFixed(0)} %, by CPU ${shareByCpu.toFixed(0)} %`);
}

async function throughBatcher({ url, key, fleet, seconds }: Of): Promise<Sent> {
  const batcher = createBatcher({
    client: createClient({ url, key }),
    source: 'bench-batcher',
    maxReports: reportsAChunk,
    maxInFlight: inFlight,
    onRefused: ([first]) => {
      throw new Error(`refused: ${JSON.stringify(first)}`);
    },
  });
  const began = performance.now();
  let reports = 0;
  for (; performance.now() - began < seconds * 1000; reports += reportsAChunk) {
    for (const report of fleet.nextReports()) await batcher.add(report);
  }
  await batcher.close();
  return { reports, seconds: (performance.now() - began) / 1000 };
}

function usOf(fill: () => unknown): number {
  const before = process.cpuUsage();
  const began = performance.now();
  let reports = 0;
  for (; performance.now() - began < 1000; reports += reportsAChunk) fill();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / reports;
}
