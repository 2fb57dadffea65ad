// E-mails: what was sent and its state, sending again, and what came back.
import type { FastifyInstance } from 'fastify';
import { recordBounce } from '../../commands/record-bounce';
import { resendEmail } from '../../commands/resend-email';
import {
  BounceQuery,
  type Email,
  EmailKey,
  EmailsQuery,
  emailsAPage,
  rawMessageType,
  readResend,
} from '../../contract/emails';
import type { Answer } from '../../contract/operations';
import { readField } from '../../contract/reading';
import { readWorkspace } from '../../db/accounts/workspaces';
import { listEmails, type StoredAddress, type StoredEmail } from '../../db/mail/reading';
import { MinutebookError } from '../../domain/errors';
import type { EmailKind } from '../../domain/mail/email';
import { guardKinds } from '../../domain/mail/guard-email';
import { formatInstant } from '../../domain/period';
import { meaningOf, readBounce } from '../../gateways/mail/bounces';
import { readReturnPath } from '../../gateways/mail/return-path';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery, workspaceOf } from '../parameters';

const listSchema = describe({
  id: 'listEmails',
  tag: 'E-mail',
  summary: 'List the e-mails of a workspace, the newest first',
});

const resendSchema = describe({
  id: 'resendEmail',
  tag: 'E-mail',
  summary: 'Send an e-mail again',
  description: `To those addresses that the workspace names now, those named since included. The same message: mail programs
that have it show it once. Answers 202 where something is to be sent, 200 where everybody has it or is about to.`,
});

const bounceSchema = describe({
  id: 'recordBounce',
  tag: 'E-mail',
  summary: 'Hand in a mail that came back',
  description: `For whatever receives mail to the return domain. A report of a lasting failure marks the address; after one of the
moment the mail is sent again, within five days of its writing. Mail that came to no return path of ours changes nothing, nor
does what is no delivery report.`,
  consumes: [rawMessageType],
});

export function emailRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/emails',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: listSchema },
    async (request): Promise<Answer<'listEmails'>> => {
      const { id: workspace } = await readWorkspace(api.db, workspaceOf(request));
      const { cursor, invoice, limit = emailsAPage } = readQuery(request, EmailsQuery);
      const before = cursor?.[0] ?? null;
      const emails = await listEmails(api.db, { workspace, about: invoice, before, limit: limit + 1 });
      return pageOf(emails, limit, { show: emailShape, cursor: ({ position }) => [String(position)] });
    },
  );

  app.post(
    '/v1/emails/:key/resend',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: resendSchema },
    async (request, reply): Promise<Answer<'resendEmail'>> => {
      const { key: named } = request.params as { readonly key?: unknown };
      const key = readField(EmailKey, named, { field: 'key', what: 'the address is' });
      const to = readResend(request.body);
      const author = await authorOf(request, api);
      const { email, isSent } = await api.db.transaction((trx) => resendEmail(trx, { key, to, author }));
      reply.code(isSent ? 202 : 200);
      return emailShape(email);
    },
  );
}

/** Registered in a context of its own: only here is a raw message understood. */
export async function bounceRoutes(app: FastifyInstance, api: Api): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(rawMessageType, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post(
    '/v1/mail/bounces',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: bounceSchema },
    async (request): Promise<Answer<'recordBounce'>> => {
      const { recipient } = readQuery(request, BounceQuery);
      const raw = messageOf(request.body);
      const { mailReturnDomain } = api.settings;
      const token = mailReturnDomain === null ? undefined : readReturnPath(recipient, mailReturnDomain);
      if (token === undefined) return { matched: false };
      const bounce = readBounce(raw);
      const meaning = bounce === undefined ? 'nothing' : meaningOf(bounce);
      const mail = { token, meaning, status: bounce?.status ?? '', diagnostic: bounce?.diagnostic ?? null };
      const nowMs = await api.clock();
      const state = await api.db.transaction((trx) => recordBounce(trx, mail, nowMs));
      return state === undefined ? { matched: false } : { matched: true, state };
    },
  );
}

function messageOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  const message = `expected the message as it came, as ${rawMessageType}, came nothing`;
  throw new MinutebookError({ code: 'invalid_request', detail: message, faults: [{ field: 'body', message }] });
}

function emailShape({ key, workspace, kind, about, datedAtMs, addresses }: StoredEmail): Email {
  const writtenAt = formatInstant(datedAtMs);
  const invoice = isAboutInvoice(kind) ? { invoice: about } : {};
  return { key, workspace, kind, ...invoice, writtenAt, addresses: addresses.map(addressShape) };
}

// The others are about a payment method, or the credits.
const withoutInvoice: ReadonlySet<EmailKind> = new Set<EmailKind>(['card_expires', ...guardKinds]);

function isAboutInvoice(kind: EmailKind): boolean {
  return !withoutInvoice.has(kind);
}

function addressShape(stored: StoredAddress): Email['addresses'][number] {
  const { address, state, waitsFor, attempts, round, code, error, sentAtMs, changedAtMs } = stored;
  return {
    address,
    state,
    ...(waitsFor === null ? {} : { waitsFor }),
    attempts,
    resends: round,
    ...(code === null ? {} : { code }),
    ...(error === null ? {} : { error }),
    ...(sentAtMs === null ? {} : { sentAt: formatInstant(sentAtMs) }),
    changedAt: formatInstant(changedAtMs),
  };
}
