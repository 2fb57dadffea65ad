import { createServer, type Server } from 'node:net';
import { Client } from 'pg';
import { isUnreachable } from '../../../db/connection/unreachable';

let silent: Server;
beforeAll(() => {
  silent = createServer((socket) => socket.resume());
  return new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
});
afterAll(() => new Promise((closed) => silent.close(closed)));

// Which of knex’s and node-postgres’ own limits is over first is chance, so this one is looked at by itself.
test('a connection that node-postgres gave up waiting for says that Postgres is away', async () => {
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new Client({ host: '127.0.0.1', port, user: 'nobody', connectionTimeoutMillis: 100 });
  const error = await client.connect().catch((reason: unknown) => reason);
  expect(isUnreachable(error)).toBe(true);
});

test('a fault of ours does not', () => {
  expect(isUnreachable(new Error('relation "invoices" does not exist'))).toBe(false);
});

test.each([
  ['a disk without room', '53100'],
  ['memory that is used up', '53200'],
  ['connections that are used up', '53300'],
])('%s does', (_, code) => {
  // As node-postgres throws what Postgres answered, knex's statement in front.
  const message = 'insert into "usage_reports" - could not extend file: No space left on device';
  expect(isUnreachable(Object.assign(new Error(message), { name: 'error', severity: 'ERROR', code }))).toBe(true);
});
