// E-mails: what each says, and what became of it by address. A row an e-mail under its business key, written in the
// transaction that stores what it tells.
export const mail = `
create table emails (
  key text collate "C" primary key check (length(key) <= 250),
  workspace_id identifier not null references workspaces,
  kind text not null check (kind in ('invoice_issued', 'credit_note_issued', 'payment_failed', 'action_needed', 'past_due',
    'payment_received', 'reminder', 'refund', 'refund_failed', 'card_expires', 'credits_used', 'credits_short', 'suspended', 'restored',
    'deploy_refused')),
  -- The id of what it is about: an invoice's, of a credit note's the invoice's that it is for, a payment method's, or the
  -- workspace's whose credits it tells of.
  about text collate "C" not null,
  -- What it says, so that it is the same message whenever it is sent.
  facts jsonb not null,
  dated_at timestamptz not null,
  position int8 not null generated always as identity
);
create unique index emails_workspace on emails (workspace_id, position);
-- What was said of an invoice already.
create index emails_about on emails (workspace_id, about);

create trigger emails_append_only before update or delete or truncate on emails
  for each statement execute function refuse_change();

create table email_addresses (
  workspace_id identifier not null,
  email_key text collate "C" not null references emails,
  position int not null check (position > 0),
  address text not null,
  -- 0: the first sending; each resend is one more, by a workflow of its own, which sends what is of its round.
  round int not null default 0 check (round between 0 and 100),
  state text not null default 'queued' check (state in ('queued', 'sent', 'refused', 'bounced', 'gave_up')),
  waits_for text check (waits_for in ('recipient', 'server', 'operator')),
  attempts int not null default 0,
  code text,
  error text,
  queued_at timestamptz not null,
  changed_at timestamptz not null,
  sent_at timestamptz,
  return_token text collate "C" unique,
  primary key (workspace_id, email_key, position),
  check (state <> 'sent' or sent_at is not null),
  check (waits_for is null or state = 'queued')
);
create unique index email_addresses_once on email_addresses (workspace_id, lower(address), email_key);
-- Nearly none but at a month's end and while the mail server is away; asked for at every scrape of the metrics.
create index email_addresses_queued on email_addresses (queued_at) where state = 'queued';

create function keep_email_address() returns trigger language plpgsql as $$
begin
  raise exception 'address % of e-mail % stays what it is', old.position, old.email_key using errcode = 'restrict_violation';
end $$;
create trigger email_addresses_fixed before update of workspace_id, email_key, position, address or delete
  on email_addresses for each row execute function keep_email_address();

-- Whom a workspace's e-mails go to: the billing address and those beside it, each once. One that could not be stored is
-- left out, as mail never holds up billing.
create function email_recipients(workspace text) returns table (nth int8, address text) language sql stable as $$
  select row_number() over (order by min(listed.nth)), (array_agg(listed.address order by listed.nth))[1]
  from (
    select 0::int8, billing_email from workspaces where id = workspace
    union all
    select more.nth, more.address
    from workspaces, jsonb_array_elements_text(
      case when jsonb_typeof(billing -> 'emails') = 'array' then billing -> 'emails' else '[]' end)
      with ordinality as more (address, nth)
    where id = workspace
  ) as listed (nth, address)
  where length(listed.address) between 3 and 254
  group by lower(listed.address)
  order by 1 limit 20
$$;
`;
