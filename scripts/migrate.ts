// `npm run migrate`: brings the database of DATABASE_URL to the newest schema, and gives the roles of the API and the worker
// their rights. Run as the owner of the tables, before new workers and APIs start.

import { connect } from '../db/connection/knex';
import { migrate } from '../db/connection/migrate';
import { grantRights } from '../db/roles/grant';

async function main(): Promise<void> {
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL must be the address of the database to migrate; it is not set');
  const db = connect({ url, poolMax: 1, name: 'minutebook-migrate' });
  try {
    const applied = await migrate(db);
    console.log(applied.length === 0 ? 'the schema is up to date' : `migrated: ${applied.join(', ')}`);
    const missing = await grantRights(db, process.env['DATABASE_ROLE_PREFIX'] || undefined);
    if (missing.length > 0) {
      const roles = missing.join(' and ');
      console.log(`there is no role ${roles}, and this one may not make any: see "Roles" in docs/operations.md`);
    }
  } finally {
    await db.destroy();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
