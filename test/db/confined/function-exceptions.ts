// Functions that do more than is of one workspace, or of which no plan tells, and why.

export const functionExceptions: readonly { readonly because: string; readonly functions: readonly string[] }[] = [
  {
    because: 'finds what belongs to an invoice or a note by its id alone, which has the workspace in it',
    functions: ['invoice_is_booked', 'credit_note_is_booked', 'return_to_grants'],
  },
  {
    because: 'a price holds for many workspaces',
    functions: ['invoiced_prices_stay'],
  },
  {
    because: 'goes over partitions',
    functions: ['ensure_partition', 'drop_usage_reports'],
  },
];
