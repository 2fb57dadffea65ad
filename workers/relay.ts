// The outbox relay: what Postgres committed, Temporal is told. At least once; a row goes when Temporal has answered.

import type { Client } from '@temporalio/client';
import type { Connections } from '../commands/connections';
import { spreadWebhookEvents } from '../commands/spread-webhook-events';
import type { Db } from '../db/connection/knex';
import {
  claimDeliveries,
  extendLeases,
  type Lane,
  msUntilDue,
  type OutboxRow,
  postponeDelivery,
  releaseDeliveries,
  removeDelivered,
} from '../db/outbox';
import type { Logger } from '../runtime/logging';
import { atMostEvery } from './at-most-every';
import { deliver, type Outcome } from './delivery';
import { type MailPace, type Pace, pacesOf } from './lanes';
import { listenToOutbox } from './outbox-listener';

const deliveriesAtOnce = 20;
// Short, so that others soon take over from a relay that was killed, and made longer while Temporal is slow to answer. Should
// it be over all the same, a row is told twice, which Temporal hears as once.
const leaseSeconds = 10;
const extendEveryMs = 4000;
const pollMs = 10_000;
// Rows that wait behind an earlier one of their workflow, or that another relay holds, are overdue all the time.
const overdueMs = 1000;
const pauseMs = 2000;
const sayAgainMs = 60_000;
// Looked at so often whether others still go first; after so many times it is our turn all the same.
const yieldMs = 1000;
const yieldsMax = 30;

export type RelayOptions = MailPace & {
  readonly db: Db;
  readonly clock: Connections['clock'];
  /** For the connection that hears of new rows. */
  readonly databaseUrl: string;
  readonly client: Client;
  readonly log: Logger;
  /** Told what came of each row that Temporal was told of. */
  readonly onOutcome?: (outcome: Outcome) => void;
};

export type Relay = { stop(): Promise<void> };

/** Runs until stopped. Neither Postgres nor Temporal needs to be there; what is in the outbox waits for both. */
export function startRelay(options: RelayOptions): Relay {
  const lanes = pacesOf(options, () => spreadWebhookEvents(options)).map((pace) => {
    const waking = wakeable();
    return { lane: pace.lane, waking, done: relayUntil(waking, pace, options) };
  });
  const listener = listenToOutbox({
    ...options,
    onWake: (woken) => {
      for (const { lane, waking } of lanes) if (woken === undefined || woken === lane) waking.wake();
    },
  });
  return {
    stop: async () => {
      for (const { waking } of lanes) waking.stop();
      await Promise.all([listener.stop(), ...lanes.map(({ done }) => done)]);
    },
  };
}

async function relayUntil(waking: Wakeable, pace: Pace, options: RelayOptions): Promise<void> {
  const sayAway = atMostEvery(sayAgainMs, (reason: string) =>
    options.log.warn({ reason }, 'Temporal is away: the outbox keeps what it is to be told'),
  );
  const sayFailed = atMostEvery(sayAgainMs, (err: unknown) =>
    options.log.error({ err }, 'the outbox could not be read; trying again'),
  );
  let yielded = 0;
  while (!waking.isStopped()) {
    waking.listen();
    if (pace.isOthersTurn() && yielded < yieldsMax) {
      yielded += 1;
      await waking.pause(yieldMs);
      continue;
    }
    yielded = 0;
    try {
      const prepared = (await pace.prepare?.()) ?? 0;
      const { claimed, away } = await relayOnce(options, pace);
      if (away !== undefined) sayAway(away);
      // A pause hears nobody: Temporal does not come back sooner because there are new rows.
      if (away !== undefined) await waking.pause(pauseMs);
      else if (claimed + prepared === 0) await waking.wait(await untilDue(options.db, pace.lane));
      else if (pace.restMs > 0) await waking.pause(pace.restMs);
    } catch (error) {
      sayFailed(error);
      await waking.pause(pauseMs);
    }
  }
}

async function untilDue(db: Db, lane: Lane): Promise<number> {
  const dueMs = (await msUntilDue(db, lane)) ?? pollMs;
  return Math.min(Math.max(dueMs, overdueMs), pollMs);
}

/**
 * Leases rows, tells Temporal, and removes what it has been told. No transaction is open while Temporal is called. Where
 * Temporal is away the rest of the rows is given back as it is. Answers how many rows were claimed, and why Temporal could
 * not be reached, if so.
 */
async function relayOnce(
  { db, client, log, onOutcome }: Pick<RelayOptions, 'db' | 'client' | 'log' | 'onOutcome'>,
  { lane, rowsMax: limit }: Pace,
): Promise<{ readonly claimed: number; readonly away?: string }> {
  const rows = await claimDeliveries(db, { lane, limit, leaseSeconds });
  const outcomes = new Map<bigint, Outcome>();
  const left = () => rows.flatMap(({ id }) => (outcomes.has(id) ? [] : [id]));
  // One that fails costs no more than the lease.
  const extend = () => extendLeases(db, { ids: left(), leaseSeconds }).catch(() => undefined);
  const extending = setInterval(extend, extendEveryMs);
  await deliverAll(client, rows, outcomes).finally(() => clearInterval(extending));
  for (const outcome of outcomes.values()) onOutcome?.(outcome);
  const idsOf = (isWanted: (outcome: Outcome | undefined) => boolean) =>
    rows.filter(({ id }) => isWanted(outcomes.get(id))).map(({ id }) => id);
  await removeDelivered(
    db,
    idsOf((outcome) => outcome?.kind === 'delivered'),
  );
  await releaseDeliveries(
    db,
    idsOf((outcome) => outcome === undefined || outcome.kind === 'away'),
  );
  for (const row of rows) {
    const outcome = outcomes.get(row.id);
    if (outcome?.kind !== 'refused') continue;
    log.error({ workflowId: row.workflowId, reason: outcome.reason }, 'Temporal refused an outbox row; trying again');
    await postponeDelivery(db, { id: row.id, message: outcome.reason });
  }
  const away = [...outcomes.values()].find((outcome) => outcome.kind === 'away');
  return { claimed: rows.length, ...(away === undefined ? {} : { away: away.reason }) };
}

/** Delivers in order, a few at a time, until one finds Temporal away: those after it have no outcome. */
async function deliverAll(client: Client, rows: readonly OutboxRow[], outcomes: Map<bigint, Outcome>): Promise<void> {
  const queue = rows.values();
  let isAway = false;
  const deliverRest = async () => {
    for (const row of queue) {
      if (isAway) return;
      const outcome = await deliver(client, row);
      outcomes.set(row.id, outcome);
      isAway ||= outcome.kind === 'away';
    }
  };
  await Promise.all(Array.from({ length: deliveriesAtOnce }, deliverRest));
}

type Wakeable = ReturnType<typeof wakeable>;

/** Waits that a wake-up ends; one that comes between listening and waiting counts as well. */
function wakeable() {
  let isWoken = false;
  let isStopped = false;
  let end: () => void = () => undefined;
  const waitUntil = (ms: number, isOver: () => boolean) =>
    new Promise<void>((resolve) => {
      if (isOver()) return resolve();
      const timer = setTimeout(resolve, ms);
      end = () => {
        if (!isOver()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    isStopped: () => isStopped,
    listen: () => {
      isWoken = false;
    },
    wake: () => {
      isWoken = true;
      end();
    },
    stop: () => {
      isStopped = true;
      end();
    },
    wait: (ms: number) => waitUntil(ms, () => isWoken || isStopped),
    pause: (ms: number) => waitUntil(ms, () => isStopped),
  };
}
