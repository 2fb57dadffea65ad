// A workspace whose month can be closed, an inbox, and the sending of what is written into the database.

import { finalizeInvoice } from '../../commands/finalize-invoice';
import type { MailOut } from '../../commands/send-email';
import { UsageAppender } from '../../db/intake/reports';
import type { Finalized } from '../../domain/closing';
import { returnPath, returnToken } from '../../gateways/mail/return-path';
import { createSmtpMailer } from '../../gateways/mail/smtp-mailer';
import { pdfRenderer } from '../../gateways/pdf/render';
import { addPrice, addWorkspace, at, record, report } from '../db/fixtures';
import { createTestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { startInbox } from '../sandbox/mail/inbox';

export const month = '2025-01';
export const issuedAt = '2025-02-01T00:10:00Z';
export const invoiceId = `inv:acme:${month}:usage:1`;
export const emailKey = `invoice-issued:${invoiceId}`;
export const returns = { domain: 'bounces.example.com', secret: 'a secret of more than thirty-two characters' };

const renderer = pdfRenderer({});

export async function startMailing() {
  const [test, inbox] = await Promise.all([createTestDatabase(), startInbox()]);
  const appender = new UsageAppender();
  let nowMs = at(issuedAt);
  const settings = testSettings({ isMailing: true, mailReturnDomain: returns.domain });
  const connections = { db: test.db, appender, clock: () => nowMs, settings };
  // Only what the inbox is told to hang on is waited for.
  const mailer = createSmtpMailer({
    url: inbox.smtpUrl,
    from: { name: 'Example', address: 'billing@example.com' },
    timeouts: { greetingMs: 1500, silenceMs: 1500 },
  });
  const drawn: string[] = [];
  const mail: MailOut = {
    mailer,
    renderer: {
      render: (document) => {
        drawn.push(document.number);
        return renderer.render(document);
      },
    },
    attachmentBytesMax: 2_000_000,
    publicUrl: null,
    seller: { name: 'Example, Inc.', addressLines: [], taxIds: [] },
    domain: 'example.com',
    returnOf: (to) => ({ path: returnPath({ ...to, ...returns }), token: returnToken({ ...to, ...returns }) }),
  };
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from: '2025-01-01T00:00:00Z' });
  await addWorkspace(test.db, {
    id: 'acme',
    startsAt: '2025-01-01T00:00:00Z',
    createdAt: issuedAt,
    months: [month],
  });
  await record(test.db, appender, {
    reports: [report('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z')],
    now: issuedAt,
    completeThrough: '2025-02-01T00:00:00Z',
  });
  return {
    db: test.db,
    url: test.url,
    inbox,
    mail,
    /** The numbers of the documents that were drawn, one by one. */
    drawn,
    connections,
    advance: (ms: number) => {
      nowMs += ms;
    },
    /** `emails` beside the billing address acme@example.com. */
    setEmails: (emails: readonly string[]) =>
      test
        .db('workspaces')
        .where({ id: 'acme' })
        .update({ billing: JSON.stringify({ emails }) }),
    issue: (): Promise<Finalized> => finalizeInvoice(connections, { workspace: 'acme', month }),
    addresses: () =>
      test
        .db('email_addresses')
        .select('address', 'state', 'waits_for', 'code', 'attempts', 'round')
        .orderBy('position'),
    stop: async () => {
      mailer.close();
      await inbox.stop();
      await test.drop();
    },
  };
}

export type Mailing = Awaited<ReturnType<typeof startMailing>>;
