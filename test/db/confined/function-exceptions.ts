// Functions that do more than is of one workspace, or of which no plan tells, and why.

export const functionExceptions: readonly { readonly because: string; readonly functions: readonly string[] }[] = [
  {
    because: 'a price holds for many workspaces',
    functions: ['invoiced_prices_stay'],
  },
  {
    because: 'goes over partitions',
    functions: ['ensure_partition', 'drop_usage_reports'],
  },
];
