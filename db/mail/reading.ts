// E-mails as they are shown: with what became of them by address.
import type { EmailKind } from '../../domain/mail/email';
import { formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import type { AddressState, WaitsFor } from './emails';

export type StoredEmail = {
  readonly key: string;
  readonly workspace: string;
  readonly kind: EmailKind;
  readonly about: string;
  readonly datedAtMs: number;
  readonly position: bigint;
  readonly addresses: readonly StoredAddress[];
};

export type StoredAddress = {
  readonly address: string;
  readonly state: AddressState;
  readonly waitsFor: WaitsFor | null;
  readonly attempts: number;
  readonly round: number;
  readonly code: string | null;
  readonly error: string | null;
  readonly sentAtMs: number | null;
  readonly changedAtMs: number;
};

type EmailRow = {
  key: string;
  workspace_id: string;
  kind: EmailKind;
  about: string;
  dated_at: number;
  position: bigint;
};

const columns = 'key, workspace_id, kind, about, dated_at, position';

const selectPage = statement<EmailRow>(`
  select ${columns} from emails
  where workspace_id = :workspace and (:before::int8 is null or position < :before::int8)
  order by position desc limit :limit`);

// By the index of what a workspace's e-mails are about, and not by that of all of them in their order.
const selectAbout = statement<EmailRow>(`
  with found as materialized (
    select ${columns} from emails where workspace_id = :workspace and about = :about
  )
  select ${columns} from found
  where (:before::int8 is null or position < :before::int8)
  order by position desc limit :limit`);

type Wanted = {
  readonly workspace: string;
  /** Those about one thing alone. */
  readonly about?: string | undefined;
  readonly before: string | null;
  readonly limit: number;
};

/** The newest first; `before` is the position that the page before ended with. */
export async function listEmails(db: Db, { about, ...wanted }: Wanted): Promise<readonly StoredEmail[]> {
  const rows = about === undefined ? await selectPage(db, wanted) : await selectAbout(db, { about, ...wanted });
  return withAddresses(db, rows);
}

const selectEmail = statement<EmailRow>(`select ${columns} from emails where key = :key`);

/** By its key alone, for whoever has nothing else of it. */
export async function readEmail(db: Db, key: string): Promise<StoredEmail | undefined> {
  const [email] = await withAddresses(db, await selectEmail(db, { key }));
  return email;
}

type AddressRow = {
  email_key: string;
  address: string;
  state: AddressState;
  waits_for: WaitsFor | null;
  attempts: number;
  round: number;
  code: string | null;
  error: string | null;
  sent_at: number | null;
  changed_at: number;
};

const selectAddresses = statement<AddressRow>(`
  select email_key, address, state, waits_for, attempts, round, code, error, sent_at, changed_at
  from email_addresses where workspace_id = :workspace and email_key = any(:keys::text[]) order by email_key, position`);

// All of one workspace.
async function withAddresses(db: Db, emails: readonly EmailRow[]): Promise<readonly StoredEmail[]> {
  const [first] = emails;
  if (first === undefined) return [];
  const keys = textArray(emails.map(({ key }) => key));
  const rows = await selectAddresses(db, { workspace: first.workspace_id, keys });
  const byKey = new Map<string, StoredAddress[]>(emails.map(({ key }) => [key, []]));
  for (const row of rows) byKey.get(row.email_key)?.push(addressOf(row));
  return emails.map((email) => ({
    key: email.key,
    workspace: email.workspace_id,
    kind: email.kind,
    about: email.about,
    datedAtMs: email.dated_at,
    position: email.position,
    addresses: byKey.get(email.key) ?? [],
  }));
}

function addressOf(row: AddressRow): StoredAddress {
  const { address, state, attempts, round, code, error } = row;
  const { waits_for: waitsFor, sent_at: sentAtMs, changed_at: changedAtMs } = row;
  return { address, state, waitsFor, attempts, round, code, error, sentAtMs, changedAtMs };
}

export type AddressProblem = Pick<StoredAddress, 'address' | 'state' | 'code' | 'error' | 'changedAtMs'>;

type ProblemRow = Omit<AddressProblem, 'changedAtMs'> & { changed_at: number };

// 5.7.x is about us; another address would not help.
const selectProblems = statement<ProblemRow>(`
  select recipient.address, last.state, last.code, last.error, last.changed_at
  from email_recipients(:workspace) as recipient, lateral (
    select state, code, error, changed_at from email_addresses as known
    where known.workspace_id = :workspace and lower(known.address) = lower(recipient.address)
      and state in ('sent', 'refused', 'bounced')
    order by changed_at desc limit 1
  ) as last
  where last.state <> 'sent' and coalesce(last.code, '') !~ '(^| )5[.]7[.]'
  order by recipient.nth`);

/** The workspace's present addresses that take no mail, by what became of the last to each. */
export async function readAddressProblems(db: Db, workspace: string): Promise<readonly AddressProblem[]> {
  const rows = await selectProblems(db, { workspace });
  return rows.map(({ changed_at, ...problem }) => ({ ...problem, changedAtMs: changed_at }));
}

export type Waiting = {
  readonly waits_for: WaitsFor | 'worker';
  readonly addresses: number;
  readonly since: number;
  readonly code: string | null;
};

const selectWaiting = statement<Waiting>(`
  select coalesce(waits_for, 'worker') as waits_for, count(*)::int as addresses, min(queued_at) as since,
    (array_agg(code order by changed_at desc) filter (where code is not null))[1] as code
  from (
    select waits_for, queued_at, changed_at, code from email_addresses
    where state = 'queued' and queued_at <= :before::timestamptz order by queued_at limit 10001
  ) as late
  group by 1 order by since`);

/** What has been waiting since before an instant, by whom it waits for. */
export function readWaiting(db: Db, { beforeMs }: { beforeMs: number }): Promise<readonly Waiting[]> {
  return selectWaiting(db, { before: formatInstant(beforeMs) });
}
