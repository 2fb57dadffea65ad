// Keys that several nodes would have to hold together, or that do not say that they are of one workspace.

export type KeyException = {
  readonly because: string;
  /** What whoever distributes the tables does about it. */
  readonly becomes: string;
  readonly keys: readonly string[];
};

// Citus refuses a unique key without the distribution column, unless it is told that it is unique all the same.
const asItIs = 'stays as it is, with citus.allow_unsafe_constraints: each node holds it of its own workspaces';
const widened = '(workspace_id, …): the workspace is there in both tables';
const dropped = 'is dropped: no node can hold it for another';

export const keyExceptions: readonly KeyException[] = [
  {
    because: 'the id has the workspace in it, so that no two workspaces make the same',
    becomes: asItIs,
    keys: [
      'invoices invoices_pkey',
      'invoice_lines invoice_lines_pkey',
      'collectings collectings_pkey',
      'written_off_invoices written_off_invoices_pkey',
      'overrun_write_offs overrun_write_offs_pkey',
      'credit_notes credit_notes_pkey',
      'credit_notes credit_notes_invoice_id_kind_key_key',
      'credit_notes credit_notes_void',
      'credit_note_lines credit_note_lines_pkey',
      'emails emails_pkey',
      'email_addresses email_addresses_pkey',
    ],
  },
  {
    because: 'it leads to such an id alone',
    becomes: widened,
    keys: [
      'invoice_lines invoice_lines_invoice_id_fkey',
      'invoice_usage invoice_usage_invoice_id_fkey',
      'collectings collectings_invoice_id_fkey',
      'written_off_invoices written_off_invoices_invoice_id_fkey',
      'overrun_write_offs overrun_write_offs_invoice_id_fkey',
      'overrun_parts overrun_parts_invoice_id_fkey',
      'overrun_usage overrun_usage_invoice_id_fkey',
      'overrun_usage overrun_usage_note_id_fkey',
      'credit_notes credit_notes_invoice_id_fkey',
      'credit_note_lines credit_note_lines_note_id_fkey',
      'credit_note_usage credit_note_usage_note_id_fkey',
      'payment_attempts payment_attempts_invoice_id_fkey',
      'payments payments_invoice_id_fkey',
      'payment_allocations payment_allocations_invoice_id_fkey',
      'payment_returns payment_returns_invoice_id_fkey',
      'surplus_grants surplus_grants_invoice_id_fkey',
      'refunds refunds_invoice_id_fkey',
      'refund_parts refund_parts_invoice_id_fkey',
      'email_addresses email_addresses_email_key_fkey',
    ],
  },
  {
    because: `Stripe's id, of one workspace as its customer is`,
    becomes: asItIs,
    keys: [
      'payment_customers payment_customers_customer_key',
      'setup_sessions setup_sessions_session_key',
      'payment_attempts payment_attempts_payment_intent_key',
      'payment_attempts payment_attempts_session_key',
      'payments payments_charge',
      'disputes disputes_dispute_key',
      'stray_refunds stray_refunds_pkey',
    ],
  },
  {
    because: 'a number out of one sequence, which several nodes draw from as one, or a token out of chance',
    becomes: asItIs,
    keys: [
      'replicas replicas_pkey',
      'usage_quarantine usage_quarantine_pkey',
      'ledger_entries ledger_entries_pkey',
      'email_addresses email_addresses_return_token_key',
    ],
  },
  {
    because: 'it leads from one node, or from every node, to a workspace on another',
    becomes: dropped,
    keys: [
      'api_keys api_keys_workspace_id_fkey',
      'page_links page_links_workspace_id_fkey',
      'page_sessions page_sessions_workspace_id_fkey',
      'payment_links payment_links_workspace_id_fkey',
      'payment_links payment_links_invoice_id_fkey',
      'prices prices_workspace_id_fkey',
    ],
  },
];
