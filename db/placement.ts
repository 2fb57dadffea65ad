// Where each table would lie if Postgres were several nodes (docs/scaling.md): with its workspace, on every node, or on one node
// alone. Nothing here runs; tests hold tables, keys and statements to it (test/db/confined).

export type Placement =
  /** Its rows lie with their workspace: `create_distributed_table(table, column)`. */
  | { readonly lies: 'with its workspace'; readonly column: 'workspace_id' | 'id' }
  /** Small, read by all, seldom written: `create_reference_table(table)`. */
  | { readonly lies: 'on every node'; readonly because: string }
  /** On the coordinator. */
  | { readonly lies: 'on one node'; readonly because: string };

const withWorkspace = (...tables: readonly string[]) =>
  tables.map((table) => [table, { lies: 'with its workspace', column: 'workspace_id' }] as const);

const onOneNode = (because: string, ...tables: readonly string[]) =>
  tables.map((table) => [table, { lies: 'on one node', because }] as const);

export const placements: Readonly<Record<string, Placement>> = Object.fromEntries<Placement>([
  ['workspaces', { lies: 'with its workspace', column: 'id' }],
  ...withWorkspace('workspace_terms'),

  // Usage
  ...withWorkspace('replicas', 'usage_reports', 'usage_quarantine', 'source_periods', 'replica_hours', 'usage_hours'),
  ...withWorkspace('hour_totals', 'usage_totals', 'usage_days', 'active_days'),
  ...withWorkspace('dirty_hours', 'dirty_days', 'dirty_credits', 'set_aside'),

  // Invoices, credits, the ledger
  ...withWorkspace('billing_periods', 'credit_grants', 'credit_draws', 'invoices', 'invoice_lines', 'invoice_usage'),
  ...withWorkspace('ledger_entries', 'corrections', 'correction_ranges'),
  ...withWorkspace('credit_notes', 'credit_note_lines', 'credit_note_usage', 'credit_returns'),
  ...withWorkspace('overrun_write_offs', 'overrun_parts', 'overrun_usage', 'written_off_invoices'),

  // Payments
  ...withWorkspace('payment_customers', 'payment_methods', 'setup_sessions', 'payment_attempts', 'payments'),
  ...withWorkspace('payment_allocations', 'payment_returns', 'disputes', 'surplus_grants'),
  ...withWorkspace('refunds', 'refund_parts', 'stray_refunds', 'collectings'),

  // The guard, and what is told
  ...withWorkspace('guards', 'suspensions', 'model_wishes', 'guard_episodes', 'past_due_pauses', 'refused_deploys'),
  ...withWorkspace('emails', 'email_addresses'),

  ['instance_types', { lies: 'on every node', because: 'what may be priced, named by every report' }],
  ['prices', { lies: 'on every node', because: `joined by every roll-up; everybody's prices have no workspace` }],
  [
    'sources',
    {
      lies: 'on every node',
      because: 'named by every report; its mark, which each batch moves, would have to leave it',
    },
  ],

  ['usage_kept', { lies: 'on every node', because: 'one row: since when usage is kept, asked for by metering' }],

  ...onOneNode(
    'found by a hash before it is known whose it is',
    ...['api_keys', 'page_links', 'page_sessions', 'payment_links', 'idempotent_calls'],
  ),
  ...onOneNode('delivered in its order by one relay, for all workspaces', 'outbox'),
  ...onOneNode(
    'of the platform: its endpoints are told of all workspaces',
    ...['webhook_endpoints', 'webhook_secrets', 'webhook_events', 'webhook_deliveries'],
  ),
  ...onOneNode('an inbox, stored before it is known whose each is', 'stripe_events'),
  ...onOneNode('what prices and keys were changed has no workspace, and the log is one', 'audit_log'),
  ...onOneNode(
    'of shards of workspaces, by their number',
    ...['fold_cursors', 'metered_marks', 'metering_health', 'dirty_ranges'],
  ),
  ...onOneNode('one row', 'quarantine_sweep', 'metering_chores', 'stripe_cursor', 'call_slots', 'payment_identity'),
  ...onOneNode('of the schema itself', 'knex_migrations', 'knex_migrations_lock', 'applied_migrations'),
]);
