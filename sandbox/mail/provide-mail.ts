// Where e-mail goes: to the server that SMTP_URL names, or into an inbox of our own.

import { freePort, loopback, onFreePort } from '../ports';
import { startProgram, untilAnswering } from '../programs';
import type { Surroundings } from '../surroundings';

export type Mail = {
  /** The inbox's page; null where SMTP_URL names a server. */
  readonly page: string | null;
  /** What worker and API are told of it. */
  readonly settings: NodeJS.ProcessEnv;
};

const sender = 'Example Model Hosting GmbH <billing@hosting.example>';

export async function provideMail(around: Surroundings, wantedPort: number): Promise<Mail> {
  const { env, home } = around;
  if (env['SMTP_URL']) return { page: null, settings: {} };
  // The page's port is kept, so that a bookmark stays right; that of SMTP is nobody's but the worker's.
  const [page, smtpPort] = await onFreePort(wantedPort, async (pagePort) => {
    const port = await freePort();
    const address = `http://${loopback}:${pagePort}`;
    await startProgram(around, {
      name: 'mail',
      entry: 'sandbox/mail/main.js',
      env: { MINUTEBOOK_HOME: home, MAIL_SMTP_PORT: String(port), MAIL_PAGE_PORT: String(pagePort) },
      untilUp: (started) => untilAnswering(started, `${address}/health`, 'success'),
    });
    return [address, port] as const;
  });
  const settings = { SMTP_URL: `smtp://${loopback}:${smtpPort}`, MAIL_FROM: env['MAIL_FROM'] || sender };
  return { page, settings };
}
