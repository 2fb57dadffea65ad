// Closing the app: whoever has asked something gets all of the answer, and whoever has not keeps nobody waiting.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

type Connection = {
  /** Requests of which something is still to come, and answers of which something is still to be sent. */
  open: number;
  /** What was read when the last of them was over, in bytes: more of it is the beginning of another call. */
  readAtRest: number;
};

/**
 * Decides which connections are idle when the app closes. Node takes for idle whose answer was written and has not left yet, and
 * cuts it; and it waits for those on which nothing was ever asked, such as browsers and load balancers hold in reserve.
 */
export function endIdleAtClose(app: FastifyInstance): void {
  const connections = new Map<Socket, Connection>();
  let isClosing = false;
  const endIfIdle = (socket: Socket, { open, readAtRest }: Connection) => {
    if (open === 0 && socket.bytesRead === readAtRest) socket.destroy();
  };
  app.server.on('connection', (socket: Socket) => {
    connections.set(socket, { open: 0, readAtRest: 0 });
    socket.once('close', () => connections.delete(socket));
  });
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connection.open += 2;
    const isOver = () => {
      connection.open -= 1;
      connection.readAtRest = socket.bytesRead;
      if (isClosing) endIfIdle(socket, connection);
    };
    // Who is refused by his headers sends the body all the same.
    request.once('close', isOver);
    response.once('close', isOver);
  });
  // Called by Fastify, and by Node as the server closes.
  app.server.closeIdleConnections = () => {
    isClosing = true;
    for (const [socket, connection] of connections) endIfIdle(socket, connection);
  };
}
