// Closing the app: whoever asked something gets the answer, whoever has only connected does not keep it open.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Ends the connections on which nothing was asked yet when the app closes: browsers and load balancers open some in reserve. For
 * Node they are not idle but waited for, and a server that closes no longer looks for how long, so it would stay until they go.
 */
export function endUnusedAtClose(app: FastifyInstance): void {
  const connections = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  app.addHook('preClose', async () => {
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  });
}
