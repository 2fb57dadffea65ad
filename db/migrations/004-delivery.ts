// The outbox: what must start or wake a workflow once a change is committed. Writing wakes the relay.
export const delivery = `
create table outbox (
  outbox_id int8 generated always as identity primary key,
  kind text not null check (kind in ('start', 'signal')),
  workflow_type text not null,
  workflow_id text not null,
  signal_name text check ((kind = 'signal') = (signal_name is not null)),
  arguments jsonb not null,
  created_at timestamptz not null default now(),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  -- E-mails are started at the pace at which they are sent, and keep nothing else waiting meanwhile. Guards wait for nobody.
  lane text not null generated always as (
    case workflow_type when 'sendEmail' then 'mail' when 'creditGuard' then 'guard' else 'billing' end) stored
);
create index outbox_due on outbox (lane, next_attempt_at, outbox_id);
-- Whether a row has an earlier one of its workflow: with 200,000 rows waiting, a claim of 100 takes 1.3 ms instead of 552.
create index outbox_workflow on outbox (workflow_id, outbox_id);

-- As domain/ids has it, for statements that wake many.
create function billing_workflow_id(workspace_id text, month text) returns text language sql immutable
  return 'billing:' || workspace_id || ':' || month;

-- Rows that Temporal refused: nearly none, and asked for at every scrape of the metrics, with 200,000 others waiting, too.
create index outbox_refused on outbox (outbox_id) where attempts > 0;

-- The lanes that got something. A statement that brings nothing, as most that issue an invoice, wakes nobody: the relay would
-- look into each lane in vain, which cost an invoice more than its own statements.
create function wake_relay() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox', lane) from (select distinct lane from added) as lanes;
  return null;
end $$;
create trigger outbox_wakes_relay after insert on outbox
  referencing new table as added for each statement execute function wake_relay();
`;
