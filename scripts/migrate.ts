// `npm run migrate`: brings the database of DATABASE_URL to the newest schema. Run before new workers and APIs start.

import { connect } from '../db/connection/knex';
import { migrate } from '../db/connection/migrate';

async function main(): Promise<void> {
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL must be the address of the database to migrate; it is not set');
  const db = connect({ url, poolMax: 1, name: 'minutebook-migrate' });
  try {
    const applied = await migrate(db);
    console.log(applied.length === 0 ? 'the schema is up to date' : `migrated: ${applied.join(', ')}`);
  } finally {
    await db.destroy();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
