// Every hour that an invoice billed, as CSV, a few lines of the invoice at a time: a month of a thousand models is 744,000
// rows, of which only those in hand are held.
import { type BilledHour, readBilledHours } from '../../db/billing/billed-hours';
import type { StoredInvoice } from '../../db/billing/invoices-read';
import type { Db } from '../../db/connection/knex';
import { assertMoney, formatUsd, formatUsdShort, type Nanos, nanos } from '../../domain/money';
import { instantOfHour } from '../shapes';
import { csvRow } from './csv';

export const hourColumns = [
  'hour',
  'model',
  'version',
  'instanceType',
  'replicaMinutes',
  'usdPerMinute',
  'listAmount',
] as const;

/**
 * Row by row in the order of the invoice's lines, each in the order of its hours. Throws `internal` where they do not add
 * up to the invoice: then the download breaks off, so that nobody takes it for whole.
 */
export async function* usageCsv(db: Db, invoice: StoredInvoice): AsyncGenerator<string> {
  yield csvRow(hourColumns.map((text) => ({ text })));
  let listed = 0n;
  for await (const hours of readBilledHours(db, invoice)) {
    for (const hour of hours) listed += listOf(hour);
    yield hours.map(rowOf).join('');
  }
  assertMoney(listed === invoice.listNanos, `${invoice.id}: its hours list ${listed}, it lists ${invoice.listNanos}`);
}

function rowOf(billed: BilledHour): string {
  return csvRow([
    { text: instantOfHour(billed.hour) },
    { text: billed.model },
    { text: billed.version },
    { text: billed.instanceType },
    { figure: billed.replicaMinutes },
    { figure: formatUsdShort(billed.priceNanos) },
    { figure: formatUsd(listOf(billed)) },
  ]);
}

function listOf({ priceNanos, replicaMinutes }: BilledHour): Nanos {
  return nanos(priceNanos * BigInt(replicaMinutes));
}
