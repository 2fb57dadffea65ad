// `npm run key -- ROLE NAME [WORKSPACE]`: makes an API key in the database of DATABASE_URL and prints it, once.

import { auditKey, operator, storeNewKey } from '../commands/create-key';
import { connect } from '../db/connection/knex';
import { type Role, roles } from '../domain/keys';

const usage = `npm run key -- ROLE NAME [WORKSPACE]
  ROLE       platform, admin, workspace or read
  NAME       who holds the key: it is shown in the audit log
  WORKSPACE  the workspace that a key of the role workspace may read`;

async function main(): Promise<void> {
  const [role, name, workspace] = process.argv.slice(2);
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL must be the address of the database to put the key into; it is not set');
  if (!isRole(role) || !name || (role === 'workspace') !== (workspace !== undefined)) throw new Error(usage);
  const db = connect({ url, poolMax: 1, name: 'minutebook-key' });
  try {
    const author = { actor: operator, nowMs: Date.now() };
    const key = await db.transaction(async (trx) => {
      const made = await storeNewKey(trx, { role, name, workspace: workspace ?? null, expiresAtMs: null }, author);
      await auditKey(trx, author, { action: 'key.created', after: made.stored });
      return made.key;
    });
    console.log(key);
  } finally {
    await db.destroy();
  }
}

function isRole(text: string | undefined): text is Role {
  return roles.some((role) => role === text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
