// Functions that do more than is of one workspace, or of which no plan tells, and why.

export const functionExceptions: readonly { readonly because: string; readonly functions: readonly string[] }[] = [
  {
    because: 'a price holds for many workspaces',
    functions: ['invoiced_prices_stay'],
  },
  {
    because: 'a month of usage goes when nobody needs it any more',
    functions: ['usage_month_needed_by'],
  },
  {
    because: 'goes over partitions',
    functions: ['ensure_partition', 'drop_usage_reports', 'drop_usage_month'],
  },
];
