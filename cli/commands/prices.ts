// The price book, from a CSV.
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { Price, PriceEntry } from '../../contract/prices';
import { type Columns, type Command, needed, textOf, UsageError } from '../command';

const priceColumns: Columns<Price> = {
  'instance type': ({ instanceType }) => instanceType,
  'USD a minute>': ({ usdPerMinute }) => usdPerMinute,
  from: ({ effectiveFrom }) => effectiveFrom,
  until: ({ effectiveUntil }) => effectiveUntil,
  workspace: ({ workspace }) => workspace,
};

export const priceCommands: readonly Command[] = [
  {
    usage: 'prices',
    help: 'list prices, those that are over too',
    options: { workspace: { value: 'WORKSPACE', help: 'only its contract prices' } },
    run: async ({ client, print }, given) => {
      const workspace = textOf(given, 'workspace');
      await print.table((await client()).listPrices(workspace === undefined ? {} : { workspace }), priceColumns);
    },
  },
  {
    usage: 'prices put FILE',
    help: 'set prices from a CSV: instance_type, usd_per_minute, effective_from and, of contracts, workspace',
    run: async ({ client, print }, given) => {
      const file = needed(given, 'FILE');
      const { items } = await (await client()).putPrices(entriesOf(await readFile(file, 'utf8'), file));
      await print.table(items, priceColumns);
    },
  },
];

const columns = ['instance_type', 'usd_per_minute', 'effective_from'] as const;

// What stands in the cells is judged by the API, which says at which entry it is at fault: the first row is entry 0.
function entriesOf(text: string, file: string): readonly PriceEntry[] {
  const rows = rowsOf(text, file);
  const [first = {}] = rows;
  const missing = columns.filter((name) => !(name in first));
  if (rows.length === 0 || missing.length > 0) {
    throw new UsageError(
      `${file}: expected a row under the headings ${columns.join(', ')}; ${rows.length === 0 ? 'there is none' : `there is no ${missing.join(', ')}`}`,
    );
  }
  return rows.map((row) => ({
    instanceType: row['instance_type'] ?? '',
    // Nothing ends a contract price.
    usdPerMinute: row['usd_per_minute'] === '' ? null : (row['usd_per_minute'] ?? ''),
    effectiveFrom: row['effective_from'] ?? '',
    ...(row['workspace'] ? { workspace: row['workspace'] } : {}),
  }));
}

function rowsOf(text: string, file: string): readonly Readonly<Record<string, string>>[] {
  try {
    return parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new UsageError(`${file} is no CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
}
