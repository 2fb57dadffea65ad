// What became of issued invoices, moved as the triggers of payments and credit notes move it.
import type { Db } from '../../db/connection/knex';

/** Sets figures of every invoice, such as `paid_cents = total_cents`: the database wants a trigger for that. */
export async function moveInvoices(db: Db, figures: string): Promise<void> {
  await db.raw(`
    create table moving (moved boolean);
    create function move_invoices() returns trigger language plpgsql as $$
      begin update invoices set ${figures}; return null; end $$;
    create trigger moving_moves after insert on moving for each statement execute function move_invoices();
    insert into moving values (true);
    drop table moving;
    drop function move_invoices`);
}
