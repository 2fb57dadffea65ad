// A TCP gate before a server: shut, the server is away for whoever comes through here; opened, it is back.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../sandbox/ports';

export type Gate = { readonly address: string; open(): Promise<void>; shut(): Promise<void> };

/** Shut at first. */
export async function createGate(target: string): Promise<Gate> {
  const [host = '', port = ''] = target.split(':');
  const listenOn = await freePort();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const pass = (incoming: Socket) => {
    const outgoing = connect(Number(port), host);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  };
  return {
    address: `127.0.0.1:${listenOn}`,
    open: () =>
      new Promise((resolve) => {
        server = createServer(pass).listen(listenOn, '127.0.0.1', () => resolve());
      }),
    shut: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        if (server === undefined) return resolve();
        server.close(() => resolve());
        server = undefined;
      }),
  };
}
