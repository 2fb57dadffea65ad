// A price list: one instance type a row.

import type { PriceEntry } from '../../contract/prices';
import { isId } from '../../domain/ids';
import { parseUsd } from '../../domain/money';
import { type Complain, type CsvRow, readCsv } from './csv-rows';

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
  const { instance_type: instanceType, usd_per_minute: usdPerMinute } = row;
  const isPrice = parseUsd(usdPerMinute) !== undefined;
  if (!isPrice) complain(`usd_per_minute: expected dollars such as 0.02012, came ${usdPerMinute}`);
  if (isId(instanceType)) return isPrice ? [{ instanceType, usdPerMinute, effectiveFrom }] : [];
  complain(`instance_type: expected an id, came ${instanceType}`);
  return [];
}
