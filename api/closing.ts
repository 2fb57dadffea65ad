// Closing the app: whoever has asked something gets all of the answer, and whoever has not keeps nobody waiting.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

type Connection = {
  /** Calls of which something is still to be sent. */
  answering: number;
  /** What was read when the last of them was sent, in bytes: more of it is the beginning of another call. */
  readAtRest: number;
};

/**
 * Decides which connections are idle when the app closes. Node takes for idle whose answer was written and has not left yet, and
 * cuts it; and it waits for those on which nothing was ever asked, such as browsers and load balancers hold in reserve.
 */
export function endIdleAtClose(app: FastifyInstance): void {
  const connections = new Map<Socket, Connection>();
  let isClosing = false;
  const endIfIdle = (socket: Socket, { answering, readAtRest }: Connection) => {
    if (answering === 0 && socket.bytesRead === readAtRest) socket.destroy();
  };
  app.server.on('connection', (socket: Socket) => {
    connections.set(socket, { answering: 0, readAtRest: 0 });
    socket.once('close', () => connections.delete(socket));
  });
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connection.answering += 1;
    response.once('close', () => {
      connection.answering -= 1;
      connection.readAtRest = socket.bytesRead;
      if (isClosing) endIfIdle(socket, connection);
    });
  });
  // Called by Fastify, and by Node as the server closes.
  app.server.closeIdleConnections = () => {
    isClosing = true;
    for (const [socket, connection] of connections) endIfIdle(socket, connection);
  };
}
