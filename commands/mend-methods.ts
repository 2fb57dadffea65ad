// What is to be done about payment methods by the day: those whose detaching was lost, and owners of cards that expire.

import { lockWorkspaceRow } from '../db/locks';
import { writeEmail } from '../db/mail/emails';
import { deliver } from '../db/outbox';
import { type ExpiringCard, listExpiring, listToDetach, readMethod } from '../db/payments/methods';
import { cardExpiresKey } from '../domain/ids';
import type { CardExpiresFacts } from '../domain/mail/card-expires';
import { dayMs } from '../domain/period';
import type { Connections, Settings } from './connections';
import { makePaymentLink } from './make-payment-link';
import { assertNoneFailed, oneByOne } from './one-by-one';

/** How many methods are detached again, and of how many cards the owner was told. */
export type MendedMethods = { readonly detached: number; readonly expiring: number };

type Mending = Pick<Connections, 'db' | 'clock' | 'settings'>;

const atOnceMax = 1000;

/** Starts what was lost, and writes what is due. Where a detaching waits for a debit, its start is nothing. */
export async function mendMethods(
  { db, clock, settings }: Mending,
  onProgress: () => void = () => undefined,
): Promise<MendedMethods> {
  const nowMs = await clock();
  const lost = settings.isCharging ? await listToDetach(db, { endedBeforeMs: nowMs - dayMs }) : [];
  await db.transaction((trx) =>
    deliver(
      trx,
      lost.map((of) => ({ kind: 'start', type: 'detachMethod', arguments: of })),
    ),
  );
  const expiring =
    settings.isCharging && settings.isMailing ? await tellExpiring({ db, settings, nowMs }, onProgress) : 0;
  return { detached: lost.length, expiring };
}

type Telling = Pick<Connections, 'db'> & { readonly settings: Settings; readonly nowMs: number };

// All of a month's come on its first day, a few in a hundred of the workspaces. One that fails does not stop the others, but
// fails the round in the end.
async function tellExpiring(telling: Telling, onProgress: () => void): Promise<number> {
  let told = 0;
  for (;;) {
    const cards = await listExpiring(telling.db, { nowMs: telling.nowMs, limit: atOnceMax });
    const failures = await oneByOne(cards, (card) => tell(telling, card).finally(onProgress));
    told += cards.length - failures.length;
    const isLast = cards.length < atOnceMax || failures.length === cards.length;
    if (isLast)
      assertNoneFailed(failures, {
        of: `${cards.length} cards that expire`,
        what: 'have owners who could not be told',
      });
    if (isLast) return told;
  }
}

async function tell({ db, settings, nowMs }: Telling, card: ExpiringCard): Promise<void> {
  const { workspace, method, brand, last4, expMonth, expYear } = card;
  await db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    // Replaced since it was listed: what is not on file any more may expire. The next round does not list it.
    if ((await readMethod(trx, card))?.state !== 'active') return;
    const methodUrl = await makePaymentLink(trx, { workspace, task: 'method', nowMs }, settings);
    const facts: CardExpiresFacts = { brand, last4, expMonth, expYear, methodUrl };
    await writeEmail(trx, { key: cardExpiresKey(card), workspace, kind: 'card_expires', about: method, facts, nowMs });
  });
}
