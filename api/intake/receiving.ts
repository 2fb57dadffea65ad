// What became of a body of usage, batch by batch; and what is said of it where it is refused on the way.
import { recordUsage, type UsageReceipt } from '../../commands/record-usage';
import { type Committed, MinutebookError } from '../../domain/errors';
import { turns } from '../../domain/turns';
import type { UsageBatch } from '../../domain/usage';
import type { Api } from '../api';
import { asKnown } from '../problems';
import { slice } from './pacing';

type Storing = <Value>(batch: UsageBatch, store: () => Promise<Value>) => Promise<Value>;

/**
 * Batches are stored a few at a time, however many arrive: the pool keeps connections for those who read, and two large ones
 * already keep this process and a core of Postgres busy. With eight instead of two at once just as many are stored a second, and a
 * dashboard beside them takes four times as long.
 */
export function storingLanes({
  usageConnectionsMax = 5,
  usageWaitMsMax = 10_000,
}: Pick<Api, 'usageConnectionsMax' | 'usageWaitMsMax'>): Storing {
  const [any, large] = [turns(usageConnectionsMax), turns(largeAtOnceMax)];
  const anyLarge: typeof any = (work) => large(() => any(work));
  return ({ reports }, store) => begunWithin(usageWaitMsMax, reports.length < largeBatch ? any : anyLarge, store);
}

const largeBatch = 250;
const largeAtOnceMax = 2;

// Where Postgres hangs, or takes less than comes, a batch would wait for as long as all that are before it; its sender would send
// it again meanwhile, and both would be held. So it says so, and what it would have stored is let go of.
function begunWithin<Value>(
  waitMsMax: number,
  lane: ReturnType<typeof turns>,
  store: () => Promise<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    let waiting: (() => Promise<Value>) | undefined = store;
    const timer = setTimeout(() => {
      waiting = undefined;
      reject(tooBusy(waitMsMax));
    }, waitMsMax);
    lane(async () => {
      clearTimeout(timer);
      await waiting?.().then(resolve, reject);
    });
  });
}

function tooBusy(waitMsMax: number): MinutebookError {
  const detail = `usage was not stored within ${waitMsMax / 1000} s, as what came before it is still waiting for the database: send it again`;
  return new MinutebookError({ code: 'unavailable', detail });
}

/**
 * Stores batches as they are read, each by itself. Where reading or storing fails, the error names what is stored by then.
 */
export async function storeBatches(
  api: Pick<Api, 'db' | 'appender' | 'clock'> & { readonly storing: Storing },
  batches: AsyncIterable<UsageBatch> | Iterable<UsageBatch>,
): Promise<Committed> {
  let committed: Committed = { batches: 0, reports: 0, accepted: 0, quarantined: 0, ignored: 0 };
  try {
    for await (const batch of batches) {
      // What the end of a body leaves over.
      if (committed.batches > 0 && batch.reports.length === 0 && batch.completeThroughMs === undefined) {
        const { ignored = 0 } = batch;
        committed = {
          ...committed,
          reports: committed.reports + ignored,
          ignored: committed.ignored + ignored,
        };
        continue;
      }
      const nowMs = await api.clock();
      const receipt = await api.storing(batch, async () => {
        await slice();
        return recordUsage(api.db, api.appender, { batch, nowMs });
      });
      committed = added(committed, receipt);
    }
    return committed;
  } catch (error) {
    throw refusedAfter(asKnown(error as Error), committed);
  }
}

function added(committed: Committed, { accepted, quarantined, ignored }: UsageReceipt): Committed {
  return {
    batches: committed.batches + 1,
    reports: committed.reports + accepted + quarantined + ignored,
    accepted: committed.accepted + accepted,
    quarantined: committed.quarantined + quarantined,
    ignored: committed.ignored + ignored,
  };
}

function refusedAfter(error: MinutebookError, committed: Committed): MinutebookError {
  const { code, detail, faults, cause = error } = error;
  if (committed.batches > 0) {
    const { reports, batches } = committed;
    const stored = `the first ${reports} reports are stored (${batches} batches): send on from report ${reports}, counted from 0, or all again`;
    return new MinutebookError({ code, detail: `${detail}; ${stored}`, ...(faults && { faults }), committed, cause });
  }
  // Of these it is known, and the others say so or do not know it.
  const isKnown = code === 'payload_too_large' || code === 'request_timeout' || code === 'invalid_request';
  if (!isKnown) return error;
  return new MinutebookError({ code, detail: `${detail}; nothing was stored`, ...(faults && { faults }), cause });
}
