// Payment methods: at most one a workspace is active; what was replaced or removed is detached at the processor afterwards.
import type { PaymentMethodType, StoredMethod } from '../../domain/payment-method';
import { formatInstant, type Month, monthOf, previousMonth } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { ensureGuards, wakeGuards } from '../guard/waking';

export type MethodState = 'active' | 'replaced' | 'removed' | 'unusable';

export type KeptMethod = StoredMethod & {
  readonly workspace: string;
  readonly state: MethodState;
  readonly addedAtMs: number;
  readonly isDetached: boolean;
};

type MethodRow = {
  workspace: string;
  method: string;
  type: PaymentMethodType;
  brand: string | null;
  last4: string;
  exp_month: number | null;
  exp_year: number | null;
  bank_name: string | null;
  funding: string | null;
  fingerprint: string | null;
  state: MethodState;
  added_at: number;
  detached: boolean;
};

const columns = `workspace_id as workspace, method, type, brand, last4, exp_month, exp_year, bank_name, funding,
  fingerprint, state, added_at, detached_at is not null as detached`;

const selectActive = statement<MethodRow>(`
  select ${columns} from payment_methods where workspace_id = :workspace and state = 'active'`);

/** What new attempts are charged to; undefined where nothing is on file. */
export async function readActiveMethod(db: Db, workspace: string): Promise<KeptMethod | undefined> {
  const [row] = await selectActive(db, { workspace });
  return row && keptOf(row);
}

const selectMethod = statement<MethodRow>(`
  select ${columns} from payment_methods where workspace_id = :workspace and method = :method`);

export async function readMethod(
  db: Db,
  { workspace, method }: { workspace: string; method: string },
): Promise<KeptMethod | undefined> {
  const [row] = await selectMethod(db, { workspace, method });
  return row && keptOf(row);
}

const insertMethod = statement(`
  insert into payment_methods (workspace_id, method, type, brand, last4, exp_month, exp_year, bank_name, funding,
    fingerprint, state, added_at, updated_at, ended_at)
  values (:workspace, :method, :type, :brand, :last4, :exp_month::int, :exp_year::int, :bank_name, :funding,
    :fingerprint, :state, :added_at::timestamptz, :at::timestamptz,
    case when :state = 'active' then null else :at::timestamptz end)`);

/** Stores a method that is not there yet; `replaced` where one that was added later is on file. The guard hears of it. */
export async function addMethod(
  trx: Trx,
  added: {
    readonly workspace: string;
    readonly method: StoredMethod;
    readonly state: 'active' | 'replaced';
    readonly addedAtMs: number;
    readonly nowMs: number;
  },
): Promise<void> {
  const { workspace, method, state, addedAtMs, nowMs } = added;
  await insertMethod(trx, {
    workspace,
    ...bindingsOf(method),
    state,
    added_at: formatInstant(addedAtMs),
    at: formatInstant(nowMs),
  });
  if (state === 'active') await wakeGuards(trx, { workspaces: [workspace], nowMs });
}

const end = statement(`
  update payment_methods set state = :state, ended_at = :at::timestamptz
  where workspace_id = :workspace and method = :method and state = 'active'`);

/** Takes an active method out of use for new attempts. Where none takes its place, a guard looks after the credits. */
export async function endMethod(
  trx: Trx,
  of: { workspace: string; method: string; state: Exclude<MethodState, 'active'>; nowMs: number },
): Promise<void> {
  const { nowMs, ...ending } = of;
  await end(trx, { ...ending, at: formatInstant(nowMs) });
  if (of.state !== 'replaced') await ensureGuards(trx, { workspaces: [of.workspace], nowMs });
}

// When nothing that is known of it has changed, no declined attempt has a reason to be tried again.
const update = statement<{ method: string }>(`
  update payment_methods set brand = :brand, last4 = :last4, exp_month = :exp_month::int, exp_year = :exp_year::int,
    bank_name = :bank_name, funding = :funding, fingerprint = :fingerprint, updated_at = :at::timestamptz
  where workspace_id = :workspace and method = :method and state = 'active'
    and (brand, last4, exp_month, exp_year, bank_name, funding, fingerprint) is distinct from
      (:brand, :last4, :exp_month::int, :exp_year::int, :bank_name, :funding, :fingerprint)
  returning method`);

/** Notes what is known of an active method now; answers whether any of it is new. */
export async function updateMethod(
  trx: Trx,
  { workspace, method, nowMs }: { workspace: string; method: StoredMethod; nowMs: number },
): Promise<boolean> {
  const { type: _, ...changing } = bindingsOf(method);
  return (await update(trx, { workspace, ...changing, at: formatInstant(nowMs) })).length > 0;
}

const detached = statement(`
  update payment_methods set detached_at = :at::timestamptz
  where workspace_id = :workspace and method = :method and state <> 'active' and detached_at is null`);

/** Notes that the processor does not hold it for us any more. */
export async function noteDetached(
  db: Db,
  { workspace, method, nowMs }: { workspace: string; method: string; nowMs: number },
): Promise<void> {
  await detached(db, { workspace, method, at: formatInstant(nowMs) });
}

const inFlight = statement<{ one: number }>(`
  select 1 as one from payment_attempts
  where workspace_id = :workspace and method = :method and state in ('open', 'sending', 'processing') limit 1`);

/** Whether an attempt with it has no outcome yet. */
export async function isInFlight(db: Db, of: { workspace: string; method: string }): Promise<boolean> {
  return (await inFlight(db, of)).length > 0;
}

const selectToDetach = statement<{ workspace: string; method: string }>(`
  select workspace_id as workspace, method from payment_methods
  where state <> 'active' and detached_at is null and ended_at < :before::timestamptz
  order by ended_at limit 1000`);

/** Those that ended before an instant and are attached still. */
export function listToDetach(db: Db, { endedBeforeMs }: { endedBeforeMs: number }) {
  return selectToDetach(db, { before: formatInstant(endedBeforeMs) });
}

function bindingsOf(method: StoredMethod) {
  return {
    method: method.method,
    type: method.type,
    brand: method.brand,
    last4: method.last4,
    exp_month: method.expMonth,
    exp_year: method.expYear,
    bank_name: method.bankName,
    funding: method.funding,
    fingerprint: method.fingerprint,
  };
}

function keptOf(row: MethodRow): KeptMethod {
  return {
    workspace: row.workspace,
    method: row.method,
    type: row.type,
    brand: row.brand,
    last4: row.last4,
    expMonth: row.exp_month,
    expYear: row.exp_year,
    bankName: row.bank_name,
    funding: row.funding,
    fingerprint: row.fingerprint,
    state: row.state,
    addedAtMs: row.added_at,
    isDetached: row.detached,
  };
}

export type ExpiringCard = Pick<KeptMethod, 'workspace' | 'method' | 'brand' | 'last4'> & {
  readonly expMonth: number;
  readonly expYear: number;
};

type ExpiringRow = {
  workspace: string;
  method: string;
  brand: string | null;
  last4: string;
  exp_month: number;
  exp_year: number;
};

// Those whose last month this is, or the one before was: who was not told by then is not told any more. The index holds
// active cards by their expiry alone.
const selectExpiring = statement<ExpiringRow>(`
  select workspace_id as workspace, method, brand, last4, exp_month, exp_year
  from payment_methods
  where state = 'active' and type = 'card'
    and (exp_year, exp_month) between (:last_year::int, :last_month::int) and (:year::int, :month::int)
    and not exists (select from emails
      where emails.workspace_id = payment_methods.workspace_id and key = 'card-expires:' || method || ':' || exp_year || '-' || lpad(exp_month::text, 2, '0'))
  order by workspace_id limit :limit`);

/** Cards that expire at the end of this month (or did at that of the last), and whose owner has not been told. */
export async function listExpiring(
  db: Db,
  { nowMs, limit }: { nowMs: number; limit: number },
): Promise<readonly ExpiringCard[]> {
  const month = monthOf(nowMs);
  const of = (each: Month) => ({ year: Number(each.slice(0, 4)), month: Number(each.slice(5)) });
  const [now, last] = [of(month), of(previousMonth(month))];
  const bindings = { year: now.year, month: now.month, last_year: last.year, last_month: last.month, limit };
  return (await selectExpiring(db, bindings)).map(({ exp_month, exp_year, ...card }) => ({
    ...card,
    expMonth: exp_month,
    expYear: exp_year,
  }));
}
