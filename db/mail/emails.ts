// E-mails: written whole with the start of their workflow, and read to be sent.
import type { EmailKind } from '../../domain/mail/email';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { insertDeliveries, listed } from '../outbox';

// One round trip beside the invoice's own. Whom it goes to and who is billed is what the workspace says at this moment.
const insertEmail = statement(`
  with buyer as (
    select jsonb_strip_nulls(jsonb_build_object(
      'buyerName', coalesce(billing ->> 'name', name), 'purchaseOrder', billing ->> 'purchaseOrder')) as facts
    from workspaces where id = :workspace
  ), email as (
    insert into emails (key, workspace_id, kind, about, facts, dated_at)
    select :key, :workspace, :kind, :about, :facts::jsonb || buyer.facts, :at::timestamptz from buyer
  ), addresses as (
    insert into email_addresses (workspace_id, email_key, position, address, queued_at, changed_at)
    select :workspace, :key, nth, address, :at::timestamptz, :at::timestamptz from email_recipients(:workspace)
  )
  ${insertDeliveries}`);

export type NewEmail = {
  readonly key: string;
  readonly workspace: string;
  readonly kind: EmailKind;
  readonly about: string;
  readonly facts: object;
  readonly nowMs: number;
};

/** Writes an e-mail and the start of its workflow, in the transaction that stores what it tells. */
export async function writeEmail(trx: Trx, { nowMs, facts, ...email }: NewEmail): Promise<void> {
  const { key, workspace } = email;
  const sending = { workspace, email: key, round: 0 };
  await insertEmail(trx, {
    ...email,
    facts: JSON.stringify(facts),
    at: formatInstant(nowMs),
    deliveries: listed([{ kind: 'start', type: 'sendEmail', arguments: sending }]),
  });
}

const selectKey = statement(`select from emails where workspace_id = :workspace and key = :key`);

/** An e-mail of a workspace. */
export type EmailKey = { readonly workspace: string; readonly key: string };

/** Whether an e-mail was written under this key. */
export async function emailExists(db: Db, { workspace, key }: EmailKey): Promise<boolean> {
  return (await selectKey(db, { workspace, key })).length > 0;
}

export type EmailToSend = EmailKey & {
  readonly kind: EmailKind;
  readonly about: string;
  readonly facts: unknown;
  readonly datedAtMs: number;
  /** All of this sending. */
  readonly addresses: readonly AddressToSend[];
};

export type AddressToSend = {
  readonly position: number;
  readonly address: string;
  readonly state: AddressState;
  readonly queuedAtMs: number;
};

export type AddressState = 'queued' | 'sent' | 'refused' | 'bounced' | 'gave_up';

type ToSendRow = {
  kind: EmailKind;
  about: string;
  facts: unknown;
  dated_at: number;
  position: number;
  address: string;
  state: AddressState;
  queued_at: number;
};

// Least tried first: a mail on which a server breaks does not keep the others from being tried.
const selectToSend = statement<ToSendRow>(`
  select kind, about, facts, dated_at, to_send.position, address, state, queued_at
  from email_addresses as to_send join emails
    on emails.workspace_id = to_send.workspace_id and emails.key = to_send.email_key
  where to_send.workspace_id = :workspace and to_send.email_key = :key and round = :round
  order by attempts, to_send.position`);

/** Undefined where none of its addresses is of this round (any more). */
export async function readEmailToSend(
  db: Db,
  { workspace, key, round }: EmailKey & { readonly round: number },
): Promise<EmailToSend | undefined> {
  const rows = await selectToSend(db, { workspace, key, round });
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    workspace,
    key,
    kind: first.kind,
    about: first.about,
    facts: first.facts,
    datedAtMs: first.dated_at,
    addresses: rows.map(({ position, address, state, queued_at }) => ({
      position,
      address,
      state,
      queuedAtMs: queued_at,
    })),
  };
}

export type Attempt = {
  readonly state: Exclude<AddressState, 'bounced'>;
  readonly waitsFor: WaitsFor | null;
  readonly code: string | null;
  readonly error: string | null;
};

export type WaitsFor = 'recipient' | 'server' | 'operator';

// Where it was put into a later round meanwhile, that one says what becomes of it.
const updateAddress = statement(`
  update email_addresses set state = :state, waits_for = :waits_for, code = :code, error = :error,
    attempts = attempts + 1, changed_at = :at::timestamptz, return_token = :token,
    sent_at = case when :state = 'sent' then :at::timestamptz else sent_at end
  where workspace_id = :workspace and email_key = :key and position = :position and round = :round and state = 'queued'`);

/** Notes what came of sending to one address. */
export async function noteAttempt(
  db: Db,
  of: EmailKey & { readonly position: number; readonly round: number; readonly token: string | null },
  { attempt, nowMs }: { readonly attempt: Attempt; readonly nowMs: number },
): Promise<void> {
  const { state, waitsFor, code, error } = attempt;
  await updateAddress(db, { ...of, state, waits_for: waitsFor, code, error, at: formatInstant(nowMs) });
}
