// Telling an endpoint what is due, some events at the same time and each wave noted before the next. No transaction is open while
// it is told: whoever dies on the way tells some again, under the same ids.

import { lockEndpoint } from '../db/locks';
import {
  type DeliveryNote,
  type DueDelivery,
  failOverdue,
  failPending,
  noteTellings,
  readDue,
  readNextDue,
} from '../db/webhooks/deliveries';
import { type Endpoint, findEndpoint, storeChangedEndpoint } from '../db/webhooks/endpoints';
import { readKeys } from '../db/webhooks/secrets';
import type { DeliverWebhooksArguments } from '../domain/delivery';
import { fixedFraction } from '../domain/ids';
import type { DeliveryRound } from '../domain/outcomes';
import { formatInstant } from '../domain/period';
import { hasWords, payloadOf } from '../domain/webhooks/event';
import { failuresMax, healthAfter, isGivenUp, nextAttemptMs } from '../domain/webhooks/retrying';
import type { TellingOutcome, Webhooks } from '../gateways/webhooks/webhooks';
import { auditEndpoint } from './change-webhook-endpoint';
import type { Connections } from './connections';

type Delivering = Pick<Connections, 'db' | 'clock'> & { readonly webhooks: Webhooks };

const waveMax = 10;
// Of an endpoint that seems to be down so many are tried: one that cannot be taken would say nothing about the others.
const probesMax = 3;
// After that it is another endpoint's turn.
const roundMsMax = 20_000;

export async function deliverWebhooks(delivering: Delivering, of: DeliverWebhooksArguments): Promise<DeliveryRound> {
  const { db, clock } = delivering;
  const beganMs = performance.now();
  for (;;) {
    const nowMs = await clock();
    const endpoint = await findEndpoint(db, of.endpoint);
    if (endpoint === undefined || endpoint.disabled !== null) {
      if ((await failPending(db, of)) > 0) continue;
      return endpoint !== undefined && endpoint.disablings > endpoint.toldDisablings
        ? { kind: 'disabled' }
        : { kind: 'done' };
    }
    const { failures, pausedUntilMs } = endpoint.health;
    const isFailing = failures >= failuresMax;
    if (pausedUntilMs !== null && pausedUntilMs > nowMs) {
      if ((await failOverdue(db, { ...of, nowMs })) > 0) continue;
      // What is given out meanwhile wakes nobody: it is looked for when the pause is over.
      return waiting(pausedUntilMs, isFailing);
    }
    const wave = await readDue(db, { ...of, nowMs, limit: isFailing ? probesMax : waveMax });
    if (wave.length === 0) return waiting(await readNextDue(db, of.endpoint), isFailing);
    await tellWave(delivering, endpoint, wave);
    if (performance.now() - beganMs > roundMsMax) return { kind: 'more', isFailing };
  }
}

function waiting(untilMs: number | null, isFailing: boolean): DeliveryRound {
  return untilMs === null ? { kind: 'done' } : { kind: 'waiting', until: formatInstant(untilMs), isFailing };
}

type Told = { readonly delivery: DueDelivery; readonly outcome: TellingOutcome };

async function tellWave(delivering: Delivering, { id, url }: Endpoint, wave: readonly DueDelivery[]): Promise<void> {
  const { db, clock, webhooks } = delivering;
  const keys = await readKeys(db, { endpoint: id, nowMs: await clock() });
  // Removed a moment ago.
  if (keys.length === 0) return;
  const told = await Promise.all(
    wave.map(async (delivery): Promise<Told> => {
      const body = bodyOf(delivery);
      if (body === undefined) return { delivery, outcome: unworded };
      return { delivery, outcome: await webhooks.tell({ url, id: delivery.id, body, keys }) };
    }),
  );
  const nowMs = await clock();
  await db.transaction(async (trx) => {
    await lockEndpoint(trx, id);
    const notes = told.map((each) => noteOf(each, nowMs));
    await noteTellings(trx, notes, nowMs);
    const endpoint = await findEndpoint(trx, id);
    // Somebody changed it meanwhile: how the other address fares says nothing about this one.
    if (endpoint === undefined || endpoint.disabled !== null || endpoint.url !== url) return;
    const after = fared(endpoint, told, nowMs);
    if (after === endpoint) return;
    await storeChangedEndpoint(trx, after);
    if (after.disabled === null) return;
    const author = { actor: 'webhooks', nowMs };
    await auditEndpoint(trx, author, { action: 'webhook_endpoint.disabled', before: endpoint, after });
  });
}

const unworded: TellingOutcome = {
  kind: 'failed',
  status: null,
  retryAfterMs: null,
  why: 'this version of Minutebook has no words for it: a newer one wrote it',
};

// In the middle of a deployment an event may be newer than who tells it. The others are told all the same.
function bodyOf(delivery: DueDelivery): string | undefined {
  return hasWords(delivery) ? JSON.stringify(payloadOf(delivery)) : undefined;
}

function noteOf({ delivery, outcome }: Told, nowMs: number): DeliveryNote {
  const { position, attempts, giveUpAtMs, id } = delivery;
  const { status } = outcome;
  if (outcome.kind === 'delivered') return { position, state: 'delivered', nextAttemptMs: nowMs, status, error: null };
  const nextMs = nextAttemptMs({
    attempts: attempts + 1,
    giveUpAtMs,
    nowMs,
    retryAfterMs: outcome.kind === 'failed' ? outcome.retryAfterMs : null,
    fraction: fixedFraction(id),
  });
  const state = nextMs === null ? 'failed' : 'pending';
  return { position, state, nextAttemptMs: nextMs ?? nowMs, status, error: outcome.why };
}

// Nothing is written where it fares as before: while all goes well that is every wave.
function fared(endpoint: Endpoint, told: readonly Told[], nowMs: number): Endpoint {
  const tellings = told
    .filter(({ outcome }) => outcome !== unworded)
    .map(({ delivery, outcome }) => ({
      isDelivered: outcome.kind === 'delivered',
      isFirstAttempt: delivery.attempts === 0,
      retryAfterMs: outcome.kind === 'failed' ? outcome.retryAfterMs : null,
    }));
  const health = healthAfter(endpoint.health, tellings, nowMs);
  const isGone = told.some(({ outcome }) => outcome.kind === 'gone');
  if (!isGone && !isGivenUp(health, nowMs)) return isSame(health, endpoint.health) ? endpoint : { ...endpoint, health };
  const disabled = { because: isGone ? 'gone' : 'failing', atMs: nowMs } as const;
  return { ...endpoint, health, disabled, disablings: endpoint.disablings + 1 };
}

function isSame(one: Endpoint['health'], other: Endpoint['health']): boolean {
  const { failures, failingSinceMs, pausedUntilMs } = one;
  return (
    failures === other.failures && failingSinceMs === other.failingSinceMs && pausedUntilMs === other.pausedUntilMs
  );
}
