// Gives the roles of the API and the worker their rights, after every migration: whoever adds a table adds its row to rights.ts.
import type { Db, Trx } from '../connection/knex';
import { definedRights, type Role, rights } from './rights';

/** Roles belong to a whole server: several Minutebooks with different rights on one server need names of their own. */
export const defaultRolePrefix = 'minutebook';

export const roles: readonly Role[] = ['api', 'worker'];

export function roleName(prefix: string, role: Role | 'owner'): string {
  return `${prefix}_${role}`;
}

/**
 * Makes the roles where they are not there and whoever migrates may, and gives them exactly what rights.ts says. Answers those that
 * are not there: their processes then go on as the owner of the tables.
 */
export async function grantRights(db: Db, prefix = defaultRolePrefix): Promise<readonly string[]> {
  return db.transaction(async (trx) => {
    // One at a time: two that grant on one table collide in the catalog.
    await trx.raw('select pg_advisory_xact_lock(719, 0)');
    const missing: string[] = [];
    for (const role of roles) {
      const name = roleName(prefix, role);
      if (await provideRole(trx, name)) await grantTo(trx, role, quoted(name));
      else missing.push(name);
    }
    return missing;
  });
}

// Without a login: somebody gives it a password, or makes those that log in its members.
async function provideRole(trx: Trx, name: string): Promise<boolean> {
  const { rows } = await trx.raw(
    `select exists (select from pg_roles where rolname = ?) as there,
       (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as may`,
    [name],
  );
  const [{ there, may }] = rows as [{ there: boolean; may: boolean }];
  if (there || !may) return there;
  // Roles are the whole server's: another database's migration may make the same one at this moment.
  await trx.raw(
    `do $$ begin create role ${quoted(name)}; exception when duplicate_object or unique_violation then null; end $$`,
  );
  return true;
}

async function grantTo(trx: Trx, role: Role, name: string): Promise<void> {
  const tables = Object.keys(rights).map(quoted);
  const granted = Object.entries(rights).flatMap(([table, { [role]: own }]) =>
    own === null ? [] : [`grant ${['select', own].filter(Boolean).join(', ')} on ${quoted(table)} to ${name}`],
  );
  const functions = Object.entries(definedRights).map(([signature, allowed]) =>
    allowed.includes(role)
      ? `grant execute on function ${signature} to ${name}`
      : `revoke execute on function ${signature} from ${name}`,
  );
  // Tables of somebody else's in the same schema are left as they are.
  await trx.raw(`
    do $$ begin execute format('grant usage on schema %I to %s', current_schema(), ${literal(name)}); end $$;
    revoke all on ${tables.join(', ')} from ${name};
    ${[...granted, ...functions].join(';\n')}`);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
