// What operators can filter billing periods by in the Web UI and the CLI. Temporal must know them before they are used.

export const searchAttributes = {
  workspaceId: { name: 'WorkspaceId', type: 'KEYWORD' },
  billingPeriod: { name: 'BillingPeriod', type: 'KEYWORD' },
  /** `open`, `waiting`, `invoiced` or `empty`, as in Postgres. */
  billingStatus: { name: 'BillingStatus', type: 'KEYWORD' },
  invoiceId: { name: 'InvoiceId', type: 'KEYWORD' },
  /** To find invoices by size; nothing reads it back, the invoice in Postgres has the amount. */
  amountDueCents: { name: 'AmountDueCents', type: 'INT' },
  closeAt: { name: 'CloseAt', type: 'DATETIME' },
} as const;
