// The Postgres that a started Minutebook uses: named by the environment, or a server of its own.

import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { onFreePort } from '../ports';
import { logFileOf, type Surroundings } from '../surroundings';
import { ownDatabase } from './database-owner';
import { startPostgres } from './postgres';

/** The address of the database `minutebook`, as the role that owns it. `wanted`: the port, where it is free. */
export async function providePostgres(around: Surroundings, wanted: number): Promise<string> {
  const given = around.env['DATABASE_URL'];
  if (given) return given;
  const directory = path.join(around.home, 'postgres');
  if (!existsSync(directory)) around.say('PostgreSQL: making a new database');
  const options = { directory, logFile: logFileOf(around, 'postgres'), onSpawn: around.onSpawn };
  const { url } = await onFreePort(wanted, (port) => around.keepUp(() => startPostgres({ ...options, port })));
  const superuser = new URL(url);
  // Out of the superuser's, so that it is the same at every start and stands in no second file.
  const password = createHmac('sha256', superuser.password).update('minutebook').digest('hex').slice(0, 36);
  const database = await ownDatabase(url, { name: 'minutebook', password });
  around.say(`PostgreSQL 18 is up on port ${superuser.port}`);
  return database;
}
