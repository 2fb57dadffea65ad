// The API over the database of a mailing, with an admin's key.
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { createApiKey } from '../../commands/create-key';
import { pdfRenderer } from '../../gateways/pdf/render';
import type { Mailing } from '../commands/mailing';
import { describedBy } from './described';
import { type Answer, type Call, inject, type Problem } from './minutebook';

export async function startMailingBook({ connections, db }: Mailing) {
  const app = await buildApp({
    ...connections,
    bodyLimitBytes: 16_000_000,
    pdf: pdfRenderer({}),
    log: pino({ level: 'silent' }),
  });
  const asDescribed = await describedBy(app);
  const key = await createApiKey(db, { role: 'admin', name: 'tests' });
  return {
    call: async <Body = Problem>(method: 'GET' | 'POST', url: string, call: Call = {}): Promise<Answer<Body>> => {
      const answer = await inject<Body>(app, { method, url, key, ...call });
      asDescribed({ method, url, ...answer });
      return answer;
    },
    close: () => app.close(),
  };
}

export type MailingBook = Awaited<ReturnType<typeof startMailingBook>>;
