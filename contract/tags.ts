// What the operations are grouped by in the OpenAPI document.

export const tags = {
  Usage:
    'What the platform reports of its replicas, and what came of it: minutes, hours, days, and what waits in quarantine.',
  Prices: 'The price book: what a minute of an instance type costs, for everybody or by contract.',
  Workspaces: 'The customer accounts, and what they want on their invoices.',
  Terms: 'What was agreed with a workspace: plan, discounts, which phases are billed, how and when it pays.',
  Credits: 'What was given to a workspace, what was drawn of it, and what is left.',
  Invoices: 'What was billed, to read and to keep.',
  'Credit notes': 'What was taken off an invoice after its issue.',
  Corrections: 'Minutes that were billed wrongly are voided.',
  Payments: 'What was paid, refunded and written off, and the payment method that invoices are charged to.',
  Periods: 'The billing periods of a workspace, a calendar month each.',
  Guard: 'Whether a workspace may run models, what the guard stopped, and how soon it did.',
  'Billing page':
    'The page that customers see: the link that opens it, whose visit it is, and the one task of a link in an e-mail.',
  'E-mail': 'What was sent to whom, sending again, and what came back.',
  Keys: 'Who may call: API keys, made, listed, rotated and revoked.',
  Audit: 'Who changed what.',
  Webhooks:
    'Who is told of what happens, signed as Standard Webhooks have it; what became of each telling, and telling again.',
  Health: 'How the parts of this Minutebook are. Open to everybody, without figures of any customer.',
} as const;

export type Tag = keyof typeof tags;
