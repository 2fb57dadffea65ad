// `npm run roles`: makes the database, its owner and the roles that the API and the worker log in by, or sets their passwords anew.
// Once, before the first migration, as somebody who may make roles and databases.

import { provideRoles } from '../db/roles/provide';

const usage = `npm run roles, with
  ADMIN_DATABASE_URL    the address of the server, as a superuser or a role that may make roles and databases
  DATABASE_NAME         the database, minutebook unless said
  DATABASE_ROLE_PREFIX  what the roles' names begin with, minutebook unless said: minutebook_owner, _api, _worker
  OWNER_PASSWORD, API_PASSWORD, WORKER_PASSWORD`;

async function main(): Promise<void> {
  const passwords = {
    owner: required('OWNER_PASSWORD'),
    api: required('API_PASSWORD'),
    worker: required('WORKER_PASSWORD'),
  };
  const database = process.env['DATABASE_NAME'] || 'minutebook';
  const prefix = process.env['DATABASE_ROLE_PREFIX'];
  const addresses = await provideRoles(required('ADMIN_DATABASE_URL'), {
    database,
    passwords,
    ...(prefix ? { prefix } : {}),
  });
  for (const [login, address] of Object.entries(addresses)) console.log(`${login}: ${withoutPassword(address)}`);
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`expected ${name} to be set, it is not\n${usage}`);
  return value;
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = '';
  return url.href;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
