// What endpoints are signed to with: one in force, and those that it took the place of until their time is over.
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

type Made = { readonly endpoint: string; readonly key: Buffer; readonly nowMs: number };

const insertSecret = statement(`
  insert into webhook_secrets (endpoint_id, number, secret, made_at)
  select :endpoint, coalesce(max(number), 0) + 1, decode(:secret, 'hex'), :at::timestamptz
  from webhook_secrets where endpoint_id = :endpoint`);

export async function storeSecret(trx: Trx, { endpoint, key, nowMs }: Made): Promise<void> {
  await insertSecret(trx, { endpoint, secret: key.toString('hex'), at: formatInstant(nowMs) });
}

const endSecrets = statement(`
  update webhook_secrets set expires_at = :until::timestamptz
  where endpoint_id = :endpoint and (expires_at is null or expires_at > :until::timestamptz)`);
// So many sign together at the most, the new one among them: those are a few headers' worth.
const forgetSecrets = statement(`
  delete from webhook_secrets where endpoint_id = :endpoint and (expires_at <= :at::timestamptz or number <= (
    select max(number) - 3 from webhook_secrets where endpoint_id = :endpoint))`);

/** Puts another in the place of the one in force, which goes on until then. */
export async function replaceSecret(
  trx: Trx,
  { untilMs, ...made }: Made & { readonly untilMs: number },
): Promise<void> {
  const { endpoint, nowMs } = made;
  await endSecrets(trx, { endpoint, until: formatInstant(untilMs) });
  await storeSecret(trx, made);
  await forgetSecrets(trx, { endpoint, at: formatInstant(nowMs) });
}

const selectKeys = statement<{ secret: Buffer }>(`
  select secret from webhook_secrets
  where endpoint_id = :endpoint and (expires_at is null or expires_at > :at::timestamptz)
  order by number desc`);

/** Those that sign now, the newest first. */
export async function readKeys(
  db: Db,
  { endpoint, nowMs }: { endpoint: string; nowMs: number },
): Promise<readonly Buffer[]> {
  return (await selectKeys(db, { endpoint, at: formatInstant(nowMs) })).map(({ secret }) => secret);
}
