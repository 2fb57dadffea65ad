// `npm run key -- ROLE NAME [WORKSPACE]`: makes an API key in the database of DATABASE_URL and prints it, once.

import { createApiKey } from '../commands/create-key';
import { connect } from '../db/connection/knex';

const usage = `npm run key -- ROLE NAME [WORKSPACE]
  ROLE       platform, admin or workspace
  NAME       who holds the key: it is shown in the audit log
  WORKSPACE  the workspace that a key of the role workspace may read`;

async function main(): Promise<void> {
  const [role, name, workspace] = process.argv.slice(2);
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL must be the address of the database to put the key into; it is not set');
  if (!isRole(role) || !name || (role === 'workspace') !== (workspace !== undefined)) throw new Error(usage);
  const db = connect({ url, poolMax: 1, name: 'minutebook-key' });
  try {
    console.log(await createApiKey(db, { role, name, ...(workspace === undefined ? {} : { workspace }) }));
  } finally {
    await db.destroy();
  }
}

function isRole(text: string | undefined): text is 'platform' | 'admin' | 'workspace' {
  return text === 'platform' || text === 'admin' || text === 'workspace';
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
