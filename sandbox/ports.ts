// Ports on the loopback address: the wanted one while it is free, any free one otherwise.

import { createServer } from 'node:net';

export const loopback = '127.0.0.1';

export async function freePort(wanted = 0): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? fail();
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: loopback, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : undefined));
    });
  });
}

function fail(): never {
  throw new Error(`no port is free on ${loopback}`);
}
