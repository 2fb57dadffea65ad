// An inbox for tests, in this process: real sockets on the loopback address, its files in a folder of its own.

import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFaults } from '../../../sandbox/mail/faults';
import { serveInbox } from '../../../sandbox/mail/server';
import { startSmtp } from '../../../sandbox/mail/smtp';
import { openStore } from '../../../sandbox/mail/store';

export type Message = {
  readonly id: string;
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly attachments: readonly { readonly filename: string; readonly contentType: string; readonly size: number }[];
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
};

export type TestInbox = {
  readonly home: string;
  readonly smtpUrl: string;
  readonly page: string;
  messages(): Promise<readonly Message[]>;
  source(id: string): Promise<string>;
  fault(fault: object): Promise<Response>;
  /** Closes the connections that are open, and says how many. */
  hangUp(): number;
  clear(): Promise<void>;
  stop(): Promise<void>;
};

export async function startInbox(): Promise<TestInbox> {
  const home = mkdtempSync(path.join(tmpdir(), 'minutebook-inbox-'));
  const [store, faults] = [openStore(path.join(home, 'mail')), createFaults()];
  const smtp = await startSmtp({ port: 0, store, faults });
  const smtpUrl = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
  const server: Server = await serveInbox({ store, faults, smtpUrl }, 0);
  const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const read = async <T>(at: string) => (await (await fetch(`${page}${at}`)).json()) as T;
  return {
    home,
    smtpUrl,
    page,
    messages: async () => {
      const { items } = await read<{ items: { id: string }[] }>('/messages');
      return Promise.all(items.map(({ id }) => read<Message>(`/messages/${id}`)));
    },
    source: async (id) => (await fetch(`${page}/messages/${id}/source`)).text(),
    fault: (fault) =>
      fetch(`${page}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      }),
    hangUp: () => {
      const open = [...smtp.connections];
      for (const { _socket: socket } of open) socket.end();
      return open.length;
    },
    clear: async () => {
      await fetch(`${page}/messages`, { method: 'DELETE' });
      await fetch(`${page}/faults`, { method: 'DELETE' });
    },
    stop: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise((done) => server.close(done)), new Promise<void>((done) => smtp.close(done))]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
