// What time has brought, made to happen: before each call, and a few times a second.

import type { Due, DueKind } from './due';
import { settleDebit } from './payments/debits';
import { openDisputeOn, runOutOfTime } from './payments/disputes';
import { settleRefund } from './payments/refunds';
import { forgetKeys } from './protocol/idempotency';
import { expireSession } from './resources/checkout-sessions';
import type { World } from './world';

const handlers: Readonly<Record<DueKind, (world: World, subject: string) => void>> = {
  settleDebit,
  expireSession,
  openDispute: openDisputeOn,
  disputeDue: runOutOfTime,
  settleRefund,
};

export function tick(world: World): void {
  runDue(world);
  forgetKeys(world);
  world.store.commit();
}

// Everything whose time has come, each at its own instant, the earliest first; what that brings in turn, too.
function runDue(world: World): void {
  for (let next = earliest(world); next !== undefined; next = earliest(world)) {
    const { id, atMs, kind, subject } = next;
    world.store.remove('due', id);
    try {
      world.clock.at(atMs, () => handlers[kind](world, subject));
    } catch (error) {
      // A fault of the emulator: said, and passed over, as it would otherwise stand before everything that is due later.
      console.error(`${kind} of ${subject} was due and could not be done`, error);
    }
  }
}

function earliest({ store, clock }: World): Due | undefined {
  const nowMs = clock.nowMs();
  return store
    .all('due')
    .filter(({ atMs }) => atMs <= nowMs)
    .sort((one, other) => one.atMs - other.atMs)[0];
}
