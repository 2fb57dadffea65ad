// Whether collecting gets on. Each figure reads an index of what should be nearly nothing.
import { dayMs, formatInstant, hourMs, minuteMs } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

/** How long an attempt may be in flight: an answer comes within minutes, a debit within business days, a page lives a day. */
const takesMs = { sending: 15 * minuteMs, processing: 7 * dayMs, open: 25 * hourMs } as const;
export type InFlightState = keyof typeof takesMs;

type Row = {
  late_sending: number;
  late_processing: number;
  late_open: number;
  refused: number;
  unknown_codes: { code: string; count: number }[];
  troubled: number;
  trouble: { since: number; code: string } | null;
  past_due: number;
};

const late = (state: InFlightState) =>
  boundedCount(`from payment_attempts where state in ('open', 'sending', 'processing') and state = '${state}'
    and made_at < :now::timestamptz - interval '${takesMs[state] / 1000} seconds'`);

const selectFigures = statement<Row>(`
  select ${late('sending')} as late_sending, ${late('processing')} as late_processing, ${late('open')} as late_open,
    ${boundedCount(`from payment_attempts where state = 'refused' and settled_at > :week_ago::timestamptz`)} as refused,
    (select coalesce(jsonb_agg(jsonb_build_object('code', unknown_code, 'count', count) order by count desc), '[]') from (
      select unknown_code, count(*)::int as count from (
        select unknown_code from payment_attempts
        where unknown_code is not null and settled_at > :month_ago::timestamptz limit 10001) as recent
      group by unknown_code order by 2 desc limit 20) as codes) as unknown_codes,
    ${boundedCount('from collectings where trouble is not null')} as troubled,
    (select jsonb_build_object('since', extract(epoch from asked_at) * 1000, 'code', split_part(trouble, ':', 1))
      from collectings where trouble is not null order by asked_at desc limit 1) as trouble,
    ${boundedCount(`from invoices where remaining_cents > 0 and status = 'past_due'`)} as past_due`);

export type CollectingFigures = {
  /** Attempts that are in flight for longer than their state should last. */
  readonly late: { readonly [state in InFlightState]: number };
  /** Attempts of the last week that Stripe did not take. */
  readonly refused: number;
  /** Codes of declines of the last 30 days that the table does not know, the most frequent first. */
  readonly unknownCodes: readonly { readonly code: string; readonly count: number }[];
  /** Invoices whose last look failed. */
  readonly troubled: number;
  /** The last failure: its code in the registry of errors. */
  readonly lastTrouble: { readonly code: string; readonly atMs: number } | null;
  readonly pastDue: number;
};

export async function readCollectingFigures(db: Db, { nowMs }: { readonly nowMs: number }): Promise<CollectingFigures> {
  const [row] = await selectFigures(db, {
    now: formatInstant(nowMs),
    week_ago: formatInstant(nowMs - 7 * dayMs),
    month_ago: formatInstant(nowMs - 30 * dayMs),
  });
  if (row === undefined) throw new Error('collecting: figures have no row');
  return {
    late: { sending: row.late_sending, processing: row.late_processing, open: row.late_open },
    refused: row.refused,
    unknownCodes: row.unknown_codes,
    troubled: row.troubled,
    lastTrouble: row.trouble === null ? null : { code: row.trouble.code, atMs: row.trouble.since },
    pastDue: row.past_due,
  };
}

const selectTrouble = statement<{ code: string }>(`
  select split_part(trouble, ':', 1) as code from collectings where trouble is not null order by asked_at desc limit 1`);

/** The code of the last look at an invoice that failed and has not come through since. */
export async function readTroubleCode(db: Db): Promise<string | undefined> {
  const [row] = await selectTrouble(db, {});
  return row?.code;
}
