// Money that came for an invoice, before there are payments: moved the only way that the database lets it, by the trigger of
// another table's row.
import type { Db } from '../../db/connection/knex';

/** To be called once a database. */
export async function allowPaying(db: Db): Promise<void> {
  await db.raw(`
    create table test_payments (invoice_id text not null, paid int8 not null, returned int8 not null);
    create function pay_invoice() returns trigger language plpgsql as $$
    begin
      update invoices set paid_cents = paid_cents + new.paid, returned_cents = returned_cents + new.returned
      where id = new.invoice_id;
      return null;
    end $$;
    create trigger test_payments_pay after insert on test_payments for each row execute function pay_invoice();`);
}

export async function pay(
  db: Db,
  { invoice, cents, returned = 0 }: { invoice: string; cents: number; returned?: number },
): Promise<void> {
  await db.raw('insert into test_payments (invoice_id, paid, returned) values (?, ?, ?)', [invoice, cents, returned]);
}
