// Keys that several nodes would have to hold together, or that do not say that they are of one workspace.

export type KeyException = {
  readonly because: string;
  /** What whoever distributes the tables does about it. */
  readonly becomes: string;
  readonly keys: readonly string[];
};

// Citus refuses a unique key without the distribution column, unless it is told that it is unique all the same.
const asItIs = 'stays as it is, with citus.allow_unsafe_constraints: each node holds it of its own workspaces';
const dropped = 'is dropped: no node can hold it for another';

export const keyExceptions: readonly KeyException[] = [
  {
    because: 'e-mails are found by their key alone; it has in it whose it is, so that no two workspaces make the same',
    becomes: '(workspace_id, key), with an index by the key alone',
    keys: ['emails emails_pkey'],
  },
  {
    because: 'it leads to such a key',
    becomes: '(workspace_id, email_key)',
    keys: ['email_addresses email_addresses_email_key_fkey'],
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
      'payment_links payment_links_workspace_id_invoice_id_fkey',
      'prices prices_workspace_id_fkey',
    ],
  },
];
