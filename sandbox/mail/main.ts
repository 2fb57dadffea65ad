// The inbox as a process: whatever Minutebook sends in the sandbox ends here and is shown.
//
// MINUTEBOOK_HOME (what it keeps between runs), MAIL_SMTP_PORT, MAIL_PAGE_PORT.

import path from 'node:path';
import { homeDirectory } from '../places';
import { loopback } from '../ports';
import { createFaults } from './faults';
import { serveInbox } from './server';
import { startSmtp } from './smtp';
import { openStore } from './store';

async function main(): Promise<void> {
  const store = openStore(path.join(homeDirectory(process.env), 'mail'));
  const faults = createFaults();
  const smtpPort = port('MAIL_SMTP_PORT');
  const smtp = await startSmtp({ port: smtpPort, store, faults });
  // Last: who sees the page answer may send.
  const page = await serveInbox({ store, faults, smtpUrl: `smtp://${loopback}:${smtpPort}` }, port('MAIL_PAGE_PORT'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      smtp.close();
      page.close();
      page.closeAllConnections();
    });
  }
}

function port(name: string): number {
  const value = Number(process.env[name]);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new Error(`${name} must be a port, from 1 to 65535`);
  return value;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
