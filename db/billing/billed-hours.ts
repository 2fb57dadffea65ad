// Which hours an invoice billed, and how many minutes of each, a few of its lines at a time. No transaction is held in
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

/** Lines a statement: at 744 hours each some 3,000 rows, made within milliseconds. */
export const linesAFetch = 4;

type Row = {
  hour: number;
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  minutes: number;
};

// The lines come from the primary key, from where the fetch before ended, whatever else the workspace was billed.
const selectHours = statement<Row>(`
  with lines as (
    select model, version, instance_type, price_nanos, hours, minutes from invoice_usage
    where workspace_id = :workspace and month = :month and invoice_id = :invoice
      and (model, version, instance_type, price_nanos)
        > (:model::text collate "C", :version::text collate "C", :type::text collate "C", :price::int8)
    order by model, version, instance_type, price_nanos limit ${linesAFetch}
  )
  select used.hour, model, version, instance_type, price_nanos, used.minutes
  from lines, unnest(lines.hours, lines.minutes) as used (hour, minutes)
  order by model, version, instance_type, price_nanos, used.hour`);

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
      const rows: readonly Row[] = await selectHours(db, { workspace: of.workspace, invoice: of.id, month, ...place });
      if (rows.length > 0) yield rows.map(hourOf);
      place = placeOf(rows.at(-1));
    }
  }
}

function placeOf(last: Row | undefined): Place | undefined {
  if (last === undefined) return undefined;
  return { model: last.model, version: last.version, type: last.instance_type, price: last.price_nanos };
}

function hourOf(row: Row): BilledHour {
  return {
    hour: row.hour,
    model: row.model,
    version: row.version,
    instanceType: row.instance_type,
    priceNanos: nanos(row.price_nanos),
    replicaMinutes: row.minutes,
  };
}
