// The Postgres that a started Minutebook uses: named by the environment, or a server of its own.

import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { defaultRolePrefix, roleName } from '../../db/roles/grant';
import { type Login, provideRoles } from '../../db/roles/provide';
import { onFreePort } from '../ports';
import { logFileOf, type Surroundings } from '../surroundings';
import { startPostgres } from './postgres';

/**
 * The addresses of the database `minutebook`, of each process as its own role; where the environment names one, it is that of
 * all. `wanted`: the port, where it is free.
 */
export async function providePostgres(around: Surroundings, wanted: number): Promise<Readonly<Record<Login, string>>> {
  const given = around.env['DATABASE_URL'];
  if (given) return { owner: given, api: given, worker: given };
  const directory = path.join(around.home, 'postgres');
  if (!existsSync(directory)) around.say('PostgreSQL: making a new database');
  const options = { directory, logFile: logFileOf(around, 'postgres'), onSpawn: around.onSpawn };
  const { url } = await onFreePort(wanted, (port) => around.keepUp(() => startPostgres({ ...options, port })));
  const superuser = new URL(url);
  // Out of the superuser's, so that they are the same at every start and stand in no second file.
  const passwordOf = (login: Login) =>
    createHmac('sha256', superuser.password).update(roleName(defaultRolePrefix, login)).digest('hex').slice(0, 36);
  const passwords = { owner: passwordOf('owner'), api: passwordOf('api'), worker: passwordOf('worker') };
  const addresses = await provideRoles(url, { database: 'minutebook', passwords });
  around.say(`PostgreSQL 18 is up on port ${superuser.port}`);
  return addresses;
}
