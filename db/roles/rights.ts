// Which role may do what to which table: the least that its process asks for. A test reads every statement that a process can
// reach and compares; another asks Postgres. Reading is everybody's but for what is named here. No role may delete rows of
// money, change the ledger, or write what triggers alone move (what is left of a grant, what was paid of an invoice).

export type Role = 'api' | 'worker';

/** Privileges of Postgres beside `select`, with columns where not the whole row may be written; null: not even `select`. */
type Rights = string | null;

// Locking a row wants the right to update something of it: a column that a trigger keeps as it is.
const lockOnly = (column: string) => `update (${column})`;

export const rights: Readonly<Record<string, Readonly<Record<Role, Rights>>>> = {
  // Who is billed
  workspaces: { api: 'insert, update (name, billing_email, billing)', worker: lockOnly('id') },
  api_keys: { api: 'insert, update', worker: null },
  instance_types: { api: 'insert', worker: '' },
  prices: { api: 'insert, update (price_nanos, valid), delete', worker: '' },
  workspace_terms: { api: 'insert, update (valid, terms)', worker: '' },
  idempotent_calls: { api: 'insert, update', worker: `delete, ${lockOnly('call_hash')}` },
  audit_log: { api: 'insert', worker: 'insert' },
  page_links: { api: 'insert, update (used_at)', worker: `delete, ${lockOnly('token_hash')}` },
  page_sessions: { api: 'insert, update (seen_at, ended_at)', worker: `delete, ${lockOnly('session_hash')}` },

  // Usage: a correction rolls up what it touches in its own request
  sources: {
    api: 'insert, update (complete_through, marked_by)',
    worker: 'insert, update (complete_through, marked_by)',
  },
  source_periods: { api: 'insert', worker: 'insert' },
  replicas: { api: 'insert', worker: 'insert' },
  usage_reports: { api: 'insert, update (transaction_id)', worker: 'insert, update (transaction_id)' },
  usage_quarantine: { api: 'insert, delete, update (quarantine_id)', worker: 'insert, delete, update (quarantine_id)' },
  quarantine_sweep: { api: '', worker: 'update' },
  metering_chores: { api: '', worker: 'update' },
  replica_hours: { api: 'insert, update', worker: 'insert, update' },
  usage_hours: { api: 'insert, update', worker: 'insert, update' },
  hour_totals: { api: 'insert, update', worker: 'insert, update' },
  usage_totals: { api: 'insert, update', worker: 'insert, update' },
  usage_days: { api: 'insert, delete', worker: 'insert, delete' },
  active_days: { api: 'insert, delete', worker: 'insert, delete' },
  usage_kept: { api: '', worker: '' },
  dirty_hours: { api: 'insert, delete', worker: 'insert, delete' },
  dirty_ranges: { api: 'insert, update (expanded_through), delete', worker: 'update (expanded_through), delete' },
  dirty_days: { api: 'insert, delete', worker: 'insert, delete' },
  dirty_credits: { api: 'insert', worker: `insert, delete, ${lockOnly('workspace_id')}` },
  fold_cursors: { api: 'update', worker: 'update' },
  set_aside: { api: 'insert, update, delete', worker: 'insert, update, delete' },
  metering_health: { api: '', worker: 'update' },
  metered_marks: { api: 'insert, update', worker: 'insert, update' },

  // Invoices, credits, the ledger
  billing_periods: {
    api: 'insert, update (close_requested_at, has_late_usage)',
    worker: 'insert, update (status, closed_at, closed_because, has_late_usage)',
  },
  credit_grants: { api: 'insert, update (valid_until, ended_at)', worker: 'insert' },
  credit_draws: { api: '', worker: 'insert' },
  invoices: { api: 'update (status)', worker: 'insert, update (status)' },
  invoice_lines: { api: '', worker: 'insert' },
  invoice_usage: { api: '', worker: 'insert' },
  ledger_entries: { api: 'insert', worker: 'insert' },
  corrections: { api: 'insert, update (taken_back_at)', worker: '' },
  correction_ranges: { api: 'insert, delete', worker: '' },
  credit_notes: { api: 'insert', worker: 'insert' },
  credit_note_lines: { api: 'insert', worker: 'insert' },
  credit_note_usage: { api: 'insert', worker: 'insert' },
  credit_returns: { api: 'insert', worker: 'insert' },
  overrun_write_offs: { api: '', worker: 'insert' },
  overrun_parts: { api: '', worker: 'insert' },
  overrun_usage: { api: 'insert', worker: 'insert' },
  written_off_invoices: { api: 'insert', worker: '' },

  // Payments
  payment_identity: { api: '', worker: '' },
  payment_customers: { api: 'insert, delete', worker: '' },
  payment_methods: { api: 'insert, update', worker: 'insert, update' },
  payment_links: { api: 'insert, update', worker: 'insert, update, delete' },
  setup_sessions: { api: 'insert, update (state)', worker: 'update (state)' },
  payment_attempts: { api: 'insert, update', worker: 'insert, update' },
  payments: { api: 'insert, update (fee_cents, charge)', worker: 'insert, update (fee_cents, charge)' },
  payment_allocations: { api: 'insert', worker: 'insert' },
  payment_returns: { api: 'insert, update (state, amount_cents)', worker: 'insert, update (state, amount_cents)' },
  disputes: { api: 'insert, update', worker: 'insert, update' },
  surplus_grants: { api: 'insert', worker: 'insert' },
  refunds: { api: 'insert', worker: 'insert' },
  refund_parts: { api: 'insert, update', worker: 'insert, update' },
  stray_refunds: { api: 'insert', worker: 'insert' },
  stripe_events: { api: 'insert', worker: 'insert, update (state, applied_at), delete' },
  stripe_cursor: { api: '', worker: 'insert, update' },
  call_slots: { api: 'insert, update', worker: 'insert, update' },
  collectings: { api: 'update', worker: 'insert, update' },

  // The guard
  guards: { api: 'insert, update', worker: 'insert, update' },
  suspensions: { api: 'insert, update', worker: 'insert, update' },
  model_wishes: { api: '', worker: 'insert, update' },
  guard_episodes: { api: '', worker: 'insert, update' },
  past_due_pauses: { api: 'insert, update, delete', worker: '' },
  refused_deploys: { api: 'insert, update, delete', worker: '' },

  // What is told to whom
  outbox: { api: 'insert', worker: 'insert, update, delete' },
  emails: { api: `insert, ${lockOnly('key')}`, worker: `insert, ${lockOnly('key')}` },
  email_addresses: { api: 'insert, update', worker: 'insert, update' },

  webhook_endpoints: { api: 'insert, update', worker: 'update' },
  webhook_secrets: { api: 'insert, update, delete', worker: 'delete' },
  webhook_events: { api: 'insert', worker: 'delete, update (spread_at)' },
  webhook_deliveries: { api: 'insert, update', worker: 'insert, update, delete' },

  // What was migrated, for health checks
  knex_migrations: { api: '', worker: '' },
  applied_migrations: { api: '', worker: '' },

  // Views
  period_invoices: { api: '', worker: '' },
  grant_books: { api: '', worker: '' },
  standing_draws: { api: '', worker: '' },
  standing_usage: { api: '', worker: '' },
  standing_bills: { api: '', worker: '' },
  standing_overrun: { api: '', worker: '' },
  given_up: { api: '', worker: '' },
};

/** Functions that do what no role may do by itself, each within its own bounds. Others' are everybody's. */
export const definedRights: Readonly<Record<string, readonly Role[]>> = {
  'ensure_usage_reports_day(date)': ['api', 'worker'],
  'ensure_usage_month(date)': ['api', 'worker'],
  'drop_usage_reports(date)': ['worker'],
  'drop_usage_month(date)': ['worker'],
};
