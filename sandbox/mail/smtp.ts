// The SMTP server of the inbox: takes every mail for every address, or shows the fault that was asked for.

import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { loopback } from '../ports';
import type { Fault, Faults, Stage } from './faults';
import { readMail } from './reading';
import type { Store } from './store';

const bytesMax = 30 * 1024 * 1024;
// Longer than any sender waits, so that "hang" lets the sender give up, and not us.
const idleMsMax = 15 * 60_000;

type Reply = (error?: Error | null, message?: string) => void;

/** Listens on the loopback address; STARTTLS is not offered, as nobody would trust its certificate. */
export async function startSmtp(options: {
  readonly port: number;
  readonly store: Store;
  readonly faults: Faults;
}): Promise<SMTPServer> {
  const { store, faults } = options;
  const atStage = (stage: Stage, recipients: readonly string[], reply: Reply) =>
    show(faults.take(stage, recipients), reply);
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: bytesMax,
    socketTimeout: idleMsMax,
    closeTimeout: 200,
    onAuth: ({ username }, _session, reply) => reply(null, { user: username ?? 'somebody' }),
    onConnect: (_session, reply) => atStage('connect', [], reply),
    onMailFrom: (_address, _session, reply) => atStage('mail', [], reply),
    onRcptTo: ({ address }, _session, reply) => atStage('rcpt', [address], reply),
    onData: (stream, session, reply) => {
      receive(stream, session, { store, faults, cut: () => cut(server, session) }).then(
        (taken) => show(taken.fault, reply, `kept as ${taken.id}`),
        (error: unknown) => reply(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  // What one connection does wrong is its own affair; failing to listen is heard below.
  server.on('error', (error) => console.error(`${new Date().toISOString()} ${error.message}`));
  server.listen({ port: options.port, host: loopback });
  await once(server.server, 'listening');
  return server;
}

type Taken = { readonly id: string; readonly fault?: Fault };

async function receive(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  { store, faults, cut }: { readonly store: Store; readonly faults: Faults; readonly cut: () => void },
): Promise<Taken> {
  const source = await buffer(stream);
  if (stream.sizeExceeded) {
    throw Object.assign(new Error(`5.3.4 a mail may have ${bytesMax} bytes`), { responseCode: 552 });
  }
  const { mailFrom, rcptTo } = session.envelope;
  const envelope = { mailFrom: mailFrom ? mailFrom.address : '', rcptTo: rcptTo.map(({ address }) => address) };
  const fault = faults.take('data', envelope.rcptTo);
  if (fault?.answer === 'drop_after_data') cut();
  if (fault !== undefined && fault.keep !== true) return { id: '', fault };
  const { messageId, from, fromName, to, subject, attachments } = await readMail(source);
  const about = { messageId, from, fromName, to, subject, attachments: attachments.length };
  const { id } = store.add(source, { receivedAt: new Date().toISOString(), ...envelope, ...about });
  return fault === undefined ? { id } : { id, fault };
}

function show(fault: Fault | undefined, reply: Reply, otherwise?: string): void {
  if (fault === undefined) {
    reply(null, otherwise);
    return;
  }
  // Neither hanging nor a cut connection is answered.
  if (typeof fault.answer !== 'number') return;
  const says = `${fault.enhanced ?? enhancedOf(fault, fault.answer)} as POST /faults asked for`;
  reply(Object.assign(new Error(says), { responseCode: fault.answer }));
}

// What such an answer is called in the field: at RCPT TO and after the mail the address does not exist, earlier it is the
// sender who is not wanted.
function enhancedOf({ at }: Fault, answer: number): string {
  if (answer < 500) return '4.3.0';
  return at === 'rcpt' || at === 'data' ? '5.1.1' : '5.7.1';
}

function cut(server: SMTPServer, session: SMTPServerSession): void {
  for (const connection of server.connections) {
    if (connection.session.id === session.id) connection._socket.destroy();
  }
}
