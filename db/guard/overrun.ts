// What of a bill's minutes lies inside the guard's episodes, and what is written off for it.

import type { LostUsage } from '../../domain/credit-note-lines';
import type { InsideUsage, Overrun } from '../../domain/guard/overrun';
import { overrunPosting } from '../../domain/ledger';
import { nanos } from '../../domain/money';
import { formatInstant, type Month } from '../../domain/period';
import { insertEntries, postingRows } from '../billing/ledger';
import { owedHours } from '../billing/parts';
import { hourNumber, monthBounds, monthHours } from '../connection/instants';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { episodesWithin, insideEpisodes } from './inside';

type InsideRow = {
  episode: number;
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  hours: number[];
  minutes: number[];
};

// Of what is owed, what lies inside episodes: as many minutes as are inside now and were not counted when earlier invoices
// billed this month. Which of several episodes of an hour they are of makes no difference: the earlier ones have them.
const insideOf = (counted: string) => `
  ${episodesWithin()}, ${insideEpisodes}, counted as (${counted}), lined as (
    select episode, hour, model, version, instance_type, price_nanos, inside.minutes,
      least(sum(inside.minutes) over line - coalesce(counted.minutes, 0), owed.replica_minutes) as of_all,
      coalesce(sum(inside.minutes) over (line order by episode rows between unbounded preceding and 1 preceding), 0) as of_earlier
    from inside join owed using (hour, model, version, instance_type)
    left join counted using (hour, model, version, instance_type)
    window line as (partition by hour, model, version, instance_type)
  ), found as (
    select lined.*, least(minutes, of_all - of_earlier)::int as taken from lined
  )
  select episode, model, version, instance_type, price_nanos,
    to_json(array_agg(${hourNumber} order by hour)) as hours, to_json(array_agg(taken order by hour)) as minutes
  from found where taken > 0
  group by episode, model, version, instance_type, price_nanos
  order by episode, model, version, instance_type, price_nanos`;

const selectOwn = statement<InsideRow>(`
  with owed as (
    select hour, model, version, instance_type, price_nanos, replica_minutes from usage_hours
    where workspace_id = :workspace and ${monthHours}
  ), ${insideOf(`
    select null::timestamptz as hour, null as model, null as version, null as instance_type, 0 as minutes where false`)}`);

const selectLate = statement<InsideRow>(`
  with ${owedHours}, ${insideOf(`
    select hour, model, version, instance_type, sum(minutes) as minutes from standing_overrun
    where workspace_id = :workspace and month = :month group by hour, model, version, instance_type`)}`);

/** The minutes of the parts of a bill that lie inside episodes of the workspace, those that have been written off left out. */
export async function readInside(
  trx: Trx,
  of: { readonly workspace: string; readonly parts: readonly { readonly month: Month; readonly late: boolean }[] },
): Promise<readonly InsideUsage[]> {
  const inside = await Promise.all(
    of.parts.map(async ({ month, late }) => {
      const bindings = { workspace: of.workspace, ...monthBounds(month) };
      const rows = late ? await selectLate(trx, { ...bindings, month }) : await selectOwn(trx, bindings);
      return rows.map((row) => insideUsage(month, row));
    }),
  );
  return inside.flat();
}

function insideUsage(month: Month, row: InsideRow): InsideUsage {
  const { episode, model, version, instance_type: instanceType, price_nanos, hours, minutes } = row;
  return { episode, month, model, version, instanceType, priceNanos: nanos(price_nanos), hours, minutes };
}

/** SQL: inserts the minutes that `:overrun` lists as inside episodes, of an invoice, or taken off it by a note. */
const insertUsage = `
  insert into overrun_usage (workspace_id, invoice_id, note_id, month, model, version, instance_type, price_nanos, hours, minutes)
  select :workspace, :invoice, :note, line.month, line.model, line.version, line."instanceType", line."priceNanos",
    line.hours, line.minutes
  from jsonb_to_recordset(:overrun::jsonb) as line (month text, model text, version text, "instanceType" text,
    "priceNanos" int8, hours int[], minutes int[])`;

const insertWriteOff = statement(`
  with written_off as (
    insert into overrun_write_offs (workspace_id, invoice_id, replica_minutes, list_nanos, owed_nanos, owed_without_nanos,
      amount_cents, at)
    values (:workspace, :invoice, :minutes, :list, :owed, :without, :amount, :at::timestamptz)
  ), parts as (
    insert into overrun_parts (workspace_id, episode, invoice_id, replica_minutes, list_nanos, amount_cents)
    select :workspace, part.episode, :invoice, part."replicaMinutes", part."listNanos", part."amountCents"
    from jsonb_to_recordset(:parts::jsonb) as part (episode int, "replicaMinutes" int8, "listNanos" int8, "amountCents" int8)
  ), used as (${insertUsage})
  ${insertEntries}`);

/** Writes it off of an invoice that is being issued, in the caller's transaction. */
export async function writeOverrunOff(
  trx: Trx,
  of: { readonly workspace: string; readonly invoice: string; readonly overrun: Overrun; readonly nowMs: number },
): Promise<void> {
  const { workspace, invoice, overrun } = of;
  await insertWriteOff(trx, {
    workspace,
    invoice,
    note: null,
    minutes: overrun.replicaMinutes,
    list: overrun.listNanos,
    owed: overrun.owedNanos,
    without: overrun.owedWithoutNanos,
    amount: overrun.amountCents,
    at: formatInstant(of.nowMs),
    parts: json(overrun.episodes),
    overrun: json(overrun.usage),
    postings: postingRows([overrunPosting({ invoice, amountCents: overrun.amountCents })]),
  });
}

const insertTaken = statement(insertUsage);

/** What a credit note takes off of the minutes that were counted as inside episodes. */
export async function takeOverrunOff(
  trx: Trx,
  of: {
    readonly workspace: string;
    readonly invoice: string;
    readonly note: string;
    readonly overrun: readonly LostUsage[];
  },
): Promise<void> {
  const { overrun, ...bindings } = of;
  if (overrun.length > 0) await insertTaken(trx, { ...bindings, overrun: json(overrun) });
}

// Money as text: a JSON number would lose digits.
function json(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item));
}
