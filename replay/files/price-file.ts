// A price list: one instance type a row.

import type { PriceEntry } from '../../contract/prices';
import { parseUsd } from '../../domain/money';
import { type Complain, readName } from '../ids';
import { type CsvRow, readCsv } from './csv-rows';

const columns = ['instance_type', 'usd_per_minute'] as const;
type Column = (typeof columns)[number];

/** The file's prices, in force from an instant on the hour. */
export async function readPriceFile(file: string, effectiveFrom: string): Promise<PriceEntry[]> {
  const prices: PriceEntry[] = [];
  const read = (row: CsvRow<Column>, complain: Complain) => readPrice(row, effectiveFrom, complain);
  for await (const price of readCsv(file, columns, read)) prices.push(price);
  return prices;
}

function readPrice(row: CsvRow<Column>, effectiveFrom: string, complain: Complain): PriceEntry[] {
  const usdPerMinute = row.usd_per_minute;
  const isPrice = parseUsd(usdPerMinute) !== undefined;
  if (!isPrice) complain(`usd_per_minute: expected dollars such as 0.02012, came ${usdPerMinute}`);
  const instanceType = readName({ what: 'instance_type', text: row.instance_type }, complain);
  return isPrice && instanceType !== undefined ? [{ instanceType, usdPerMinute, effectiveFrom }] : [];
}
