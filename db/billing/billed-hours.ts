// Which hours an invoice billed, and how many minutes of each, two of its lines at a time. No transaction is held in
// between: they never change, and whoever reads them may be slow.
import { type Nanos, nanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type BilledHour = {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly model: string;
  readonly version: string;
  readonly instanceType: string;
  readonly priceNanos: Nanos;
  readonly replicaMinutes: number;
};

/** Lines a statement: at 744 hours each some 1,500 rows of CSV, which hold up the event loop for 25 ms. */
export const linesAFetch = 2;

type Row = {
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  hours: number[];
  minutes: number[];
};

// From the primary key, from where the fetch before ended, whatever else the workspace was billed. The arrays come as
// JSON, which is read natively: a row an hour, or the arrays of the driver, would be most of the cost.
const selectLines = statement<Row>(`
  select model, version, instance_type, price_nanos, to_json(hours) as hours, to_json(minutes) as minutes
  from invoice_usage
  where workspace_id = :workspace and month = :month and invoice_id = :invoice
    and (model, version, instance_type, price_nanos)
      > (:model::text collate "C", :version::text collate "C", :type::text collate "C", :price::int8)
  order by model, version, instance_type, price_nanos limit ${linesAFetch}`);

type Place = { readonly model: string; readonly version: string; readonly type: string; readonly price: bigint };

const beforeAll: Place = { model: '', version: '', type: '', price: -1n };

/** By period, model, version, instance type and price, each in the order of its hours. */
export async function* readBilledHours(
  db: Db,
  of: { readonly id: string; readonly workspace: string; readonly parts: readonly { readonly month: Month }[] },
): AsyncGenerator<readonly BilledHour[]> {
  for (const { month } of of.parts) {
    let place: Place | undefined = beforeAll;
    while (place !== undefined) {
      const rows: readonly Row[] = await selectLines(db, { workspace: of.workspace, invoice: of.id, month, ...place });
      if (rows.length > 0) yield rows.flatMap(hoursOf);
      place = placeOf(rows.at(-1));
    }
  }
}

function placeOf(last: Row | undefined): Place | undefined {
  if (last === undefined) return undefined;
  return { model: last.model, version: last.version, type: last.instance_type, price: last.price_nanos };
}

// Stored in no order: sorting them here costs less than it would at the issue of every invoice.
function hoursOf({ model, version, instance_type: instanceType, price_nanos, hours, minutes }: Row): BilledHour[] {
  const line = { model, version, instanceType, priceNanos: nanos(price_nanos) };
  return hours
    .map((hour, at) => ({ ...line, hour, replicaMinutes: minutes[at] ?? 0 }))
    .sort((one, other) => one.hour - other.hour);
}
