// Who a workspace is at the payment processor.
import { formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

const selectCustomer = statement<{ customer: string }>(`
  select customer from payment_customers where workspace_id = :workspace`);

/** Undefined until a first one was needed. */
export async function readCustomer(db: Db, workspace: string): Promise<string | undefined> {
  const [row] = await selectCustomer(db, { workspace });
  return row?.customer;
}

// Whoever comes second has made the same one, or another that nothing was done with: the first stays.
const insertCustomer = statement<{ customer: string }>(`
  with added as (
    insert into payment_customers (workspace_id, customer, made_at)
    values (:workspace, :customer, :at::timestamptz)
    on conflict (workspace_id) do nothing
    returning customer
  )
  select customer from added
  union all
  select customer from payment_customers where workspace_id = :workspace and not exists (select from added)`);

/** Stores the customer of a workspace that has none yet; answers the one that it has. */
export async function storeCustomer(
  db: Db,
  { workspace, customer, nowMs }: { workspace: string; customer: string; nowMs: number },
): Promise<string> {
  const bindings = { workspace, customer, at: formatInstant(nowMs) };
  const [row] = await insertCustomer(db, bindings);
  return row?.customer ?? customer;
}

const selectWorkspace = statement<{ workspace: string }>(`
  select workspace_id as workspace from payment_customers where customer = :customer`);

/** Whose customer it is; undefined where it is none of ours. */
export async function workspaceOfCustomer(db: Db, customer: string): Promise<string | undefined> {
  const [row] = await selectWorkspace(db, { customer });
  return row?.workspace;
}

const remove = statement(`
  delete from payment_customers where workspace_id = :workspace and customer = :customer`);

/** The next need makes another. */
export async function forgetCustomer(db: Db, of: { workspace: string; customer: string }): Promise<void> {
  await remove(db, of);
}
