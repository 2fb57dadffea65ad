// A mail server that takes every mail and keeps none, as the real one is another machine: listens on SMTP_SINK_PORT.
import { SMTPServer } from 'smtp-server';

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onData: (stream, _session, reply) => {
    stream.once('end', () => reply(null, 'taken')).resume();
  },
});
server.on('error', (error) => {
  console.error(error);
  process.exit(1);
});
server.listen(Number(process.env['SMTP_SINK_PORT']), '127.0.0.1');
