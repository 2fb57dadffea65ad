// Minutebook is away around the zero of some workspaces: worker and API are ended before it and started again after it, and a
// gatekeeper with a copy of the gates stops what nothing pays for. What ran meanwhile is reported once somebody takes it.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../client/http';
import { minuteMs } from '../domain/period';
import { createGatekeeper, type Gatekeeper } from '../sandbox/platform/gatekeeper';
import { type Guarded, priceNanos, workspacesOf } from './guard-data';
import { beginToBurn, printOverrun, type Run } from './guard-overrun';

// Time to report, to judge, and to have the gates copied, which a platform does each minute.
const knownMinutes = 3;

/** Who burns until the middle of an absence of so many minutes. */
export function awayGroup({ count, awayMinutes }: { readonly count: number; readonly awayMinutes: number }): Guarded {
  const coveredMinutes = BigInt(knownMinutes + Math.ceil(awayMinutes / 2));
  return { name: 'away', count, creditNanos: coveredMinutes * priceNanos };
}

/** Prints how much more they ran, and what of it billing knows once it is back. `others` have credits left. */
export async function awayOf(
  run: Run,
  of: { readonly group: Guarded; readonly others: Guarded; readonly awayMinutes: number },
): Promise<void> {
  const { minutebook, fleet } = run;
  const { group, others, awayMinutes } = of;
  const halfMs = (awayMinutes * minuteMs) / 2;
  const before = stoppedOf(run, others);
  const keeping = keepGates(run);
  const zeroMs = beginToBurn(run, group);
  try {
    await sleep(zeroMs - halfMs - Date.now());
    await fleet.hold();
    await minutebook.stop();
    await sleep(zeroMs + halfMs - Date.now());
    await minutebook.start();
    fleet.goOn();
    // Reports are taken, and each is judged by them.
    await sleep(90_000);
  } finally {
    await keeping.stop();
  }
  await printOverrun(run, { group, what: `Minutebook stopped for ${awayMinutes} min around the zero`, zeroMs });
  await printBilled(run, { group, falselyStopped: stoppedOf(run, others) - before });
}

function stoppedOf({ platform }: Run, group: Guarded): number {
  return workspacesOf(group).filter((each) => platform.commandedMs(each) !== undefined).length;
}

async function printBilled(
  { servers: { db } }: Run,
  { group, falselyStopped }: { readonly group: Guarded; readonly falselyStopped: number },
): Promise<void> {
  const { rows } = await db.raw(
    `select count(*) filter (where exists (select from suspensions
        where suspensions.workspace_id = usage_totals.workspace_id and reason = 'credits' and ended_at is null)) as stopped,
      coalesce(sum(greatest(list_nanos - :credit, 0)), 0) as beyond
     from usage_totals where workspace_id = any(:workspaces::text[])`,
    { credit: String(group.creditNanos), workspaces: [...workspacesOf(group)] },
  );
  const [{ stopped, beyond }] = rows;
  console.log(
    `  used beyond the credits of all ${group.count}: $${(Number(beyond) / 1e9).toFixed(4)}; ${stopped} suspended once it is back, ${falselyStopped} others stopped`,
  );
}

// As the simulated platform heeds them, each second.
function keepGates({ minutebook, platform }: Run): { stop(): Promise<void> } {
  const { url, key } = minutebook;
  const client = createClient({ url, key, patienceMs: 0, timeoutMs: 2000 });
  const keeper: Gatekeeper = createGatekeeper({ client, platform, stopBeforeMs: 10_000, say: () => undefined });
  const stopping = new AbortController();
  const keeping = (async () => {
    while (!stopping.signal.aborted) {
      await keeper.tick(Date.now());
      await sleep(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await keeping;
    },
  };
}
