// What time will bring: debits settle, sessions expire, disputes fall due. Kept as data, so that it survives a restart.

import { newId, type World } from './world';

export type DueKind = 'settleDebit' | 'expireSession' | 'openDispute' | 'disputeDue' | 'settleRefund';

export type Due = { readonly id: string; readonly atMs: number; readonly kind: DueKind; readonly subject: string };

export const daySeconds = 86_400;

export function schedule({ store, clock }: World, kind: DueKind, subject: string, inSeconds: number): void {
  store.put('due', { id: newId('due_'), atMs: clock.nowMs() + inSeconds * 1000, kind, subject });
}
