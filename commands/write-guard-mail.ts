// The e-mail that a judgement owes its customer.
import type { Trx } from '../db/connection/knex';
import type { NoticeFacts } from '../domain/guard/notices';
import type { Settings } from './connections';

/** Writes it, once. */
export async function writeGuardMail(
  _trx: Trx,
  _of: { readonly facts: NoticeFacts; readonly settings: Settings; readonly nowMs: number },
): Promise<void> {}
