// The lines of invoices and of credit notes: stored alike, and read alike.
import type { DocumentLine } from '../../domain/invoice';
import { cents, nanos } from '../../domain/money';
import type { Month } from '../../domain/period';

export type LineRow<Kind extends string> = {
  position: number;
  kind: Kind;
  description: string;
  month: Month;
  model: string | null;
  version: string | null;
  instance_type: string | null;
  replica_minutes: bigint | null;
  price_nanos: bigint | null;
  exact_nanos: bigint;
  amount_cents: bigint;
};

/** SQL: the columns of LineRow. */
export const lineColumns = `position, kind, description, month, model, version, instance_type, replica_minutes, price_nanos,
  exact_nanos, amount_cents`;

export function lineOf<Kind extends string>(row: LineRow<Kind>): DocumentLine<Kind> {
  return {
    position: row.position,
    kind: row.kind,
    description: row.description,
    month: row.month,
    ...(row.model === null ? {} : { model: row.model }),
    ...(row.version === null ? {} : { version: row.version }),
    ...(row.instance_type === null ? {} : { instanceType: row.instance_type }),
    ...(row.replica_minutes === null ? {} : { replicaMinutes: Number(row.replica_minutes) }),
    ...(row.price_nanos === null ? {} : { priceNanos: nanos(row.price_nanos) }),
    exactNanos: nanos(row.exact_nanos),
    amountCents: cents(row.amount_cents),
  };
}
