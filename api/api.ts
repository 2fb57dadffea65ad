// What the routes are made of; made once by whoever builds the app, and passed on.
import type { FastifyBaseLogger } from 'fastify';
import type { Connections } from '../commands/connections';

export type Api = Connections & {
  /** Larger bodies are refused. */
  readonly bodyLimitBytes: number;
  readonly log: FastifyBaseLogger;
};
