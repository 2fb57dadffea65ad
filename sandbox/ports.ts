// Ports on the loopback address: the wanted one while it is free, any free one otherwise.

import { createServer } from 'node:net';

export const loopback = '127.0.0.1';

export async function freePort(wanted = 0): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? fail();
}

/**
 * Starts something on a port, the wanted one if it is free. Between finding a port free and listening on it somebody
 * else may take it; then it is started once more, on another.
 */
export async function onFreePort<T>(wanted: number, start: (port: number) => Promise<T>, attempts = 3): Promise<T> {
  const port = await freePort(wanted);
  try {
    return await start(port);
  } catch (error) {
    if (attempts <= 1 || (await tryPort(port)) !== undefined) throw error;
    return onFreePort(0, start, attempts - 1);
  }
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
