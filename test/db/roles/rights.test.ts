// The roles of the API and the worker hold what their processes ask for, and no more; and they can do nothing to what they must
// not touch.

import { roles } from '../../../db/roles/grant';
import { definedRights, type Role, rights } from '../../../db/roles/rights';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { reachedFrom } from './reached-code';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const entries: Readonly<Record<Role, string>> = { api: 'api/main.ts', worker: 'workers/main.ts' };

/** `update (a, b)` of rights.ts as Postgres lists it: one privilege a column. */
function listed(own: string | null): string[] {
  if (own === null) return [];
  const said = own.match(/\w+(?: \([^)]*\))?/g) ?? [];
  return ['select', ...said].flatMap((right) => {
    const [, verb = right, columns] = /^(\w+) \(([^)]*)\)$/.exec(right) ?? [];
    return columns === undefined ? [verb] : columns.split(', ').map((column) => `${verb} ${column}`);
  });
}

it('every table and view has a row in rights.ts', async () => {
  const { rows } = await test.db.raw(`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and not relispartition
      and relname not in ('knex_migrations_lock')
    order by relname`);
  expect(rows.map(({ name }: { name: string }) => name)).toEqual(Object.keys(rights).sort());
});

it.each(roles)('Postgres has given %s what rights.ts says, table by table', async (role) => {
  const { rows } = await test.db.raw(
    `select relname as table, array_agg(held order by held) as held
     from (
       select relname, lower(privilege_type) as held from pg_class, aclexplode(relacl)
       where relnamespace = 'public'::regnamespace and grantee = to_regrole(:role)
       union all
       select relname, lower(privilege_type) || ' ' || attname from pg_class
       join pg_attribute on attrelid = pg_class.oid, aclexplode(attacl)
       where relnamespace = 'public'::regnamespace and grantee = to_regrole(:role)
     ) as given
     group by relname`,
    { role: `minutebook_${role}` },
  );
  const held = Object.fromEntries(
    rows.map(({ table, held }: { table: string; held: string[] }) => [table, [...held].sort()]),
  );
  const expected = Object.entries(rights).map(([table, own]) => [table, listed(own[role]).sort()] as const);
  expect(held).toEqual(Object.fromEntries(expected.filter(([, own]) => own.length > 0)));
});

const writing = /\b(insert into|(?<!key |for |do |no )update|delete from) ([a-z_]+)/g;
const locking = /\bfrom ([a-z_]+)[^;]*?\bfor (?:no key update|update|share)\b/g;

/** Verbs by table, of all the SQL in a text. */
function verbsIn(text: string): readonly (readonly [table: string, verb: string])[] {
  const found = [...text.matchAll(writing)];
  const written = found.flatMap(([, words = '', table = ''], at) => {
    const [verb = ''] = words.split(' ');
    const own = text.slice(found[at]?.index, found[at + 1]?.index);
    return verb === 'insert' && /do update\s+set/.test(own)
      ? [[table, verb] as const, [table, 'update'] as const]
      : [[table, verb] as const];
  });
  // Locking a row asks for the right to update it.
  return [...written, ...[...text.matchAll(locking)].map(([, table = '']) => [table, 'update'] as const)];
}

// The SQL of an error's message, for whoever reads it.
const quotedOnly = 'payment_identity';

it.each(roles)('%s may do what its process can come to ask for, and nothing else', (role) => {
  const needed = new Map<string, Set<string>>();
  for (const { file, text } of reachedFrom(entries[role])) {
    if (file.startsWith('db/migrations/') || file.startsWith('db/roles/') || file === 'db/connection/migrate.ts')
      continue;
    for (const [table, verb] of verbsIn(text)) {
      if (table in rights && table !== quotedOnly) needed.set(table, (needed.get(table) ?? new Set()).add(verb));
    }
  }
  const given = Object.entries(rights).map(([table, own]) => [
    table,
    [...new Set(listed(own[role]).map((right) => right.split(' ')[0]))].filter((verb) => verb !== 'select').sort(),
  ]);
  const asked = Object.keys(rights).map((table) => [table, [...(needed.get(table) ?? [])].sort()]);
  expect(Object.fromEntries(given)).toEqual(Object.fromEntries(asked));
});

it('functions that run as the owner are these, find their tables in one schema, and are open to nobody else', async () => {
  const { rows } = await test.db.raw(`
    select oid::regprocedure::text as name, proconfig as config,
      (select coalesce(array_agg(grantee::regrole::text order by grantee::regrole::text), '{}')
        from aclexplode(proacl) where grantee <> proowner) as callers
    from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by 1`);
  const triggers = [
    'allocate_to_invoice()',
    'count_refund()',
    'count_return()',
    'count_surplus()',
    'credit_invoice()',
    'draw_from_grants()',
    'return_to_grants()',
    'take_over_payment_back()',
    'write_overrun_off()',
    ...[
      'tell_attempt_failed()',
      'tell_credits()',
      'tell_debit_returned()',
      'tell_invoice_issued()',
      'tell_invoice_paid()',
    ],
    ...['tell_note_issued()', 'tell_period_closed()', 'tell_quarantined()', 'tell_restored()', 'tell_suspended()'],
  ];
  const expected = [
    ...triggers.map((name) => ({ name, callers: [] as string[] })),
    ...Object.entries(definedRights).map(([name, own]) => ({ name, callers: own.map((role) => `minutebook_${role}`) })),
  ];
  expect(rows).toEqual(
    expected
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map((each) => ({ ...each, config: ['search_path=public, pg_temp'] })),
  );
});

const refused = /permission denied|must be owner/;

describe.each(roles)('%s', (role) => {
  it.each([
    ['changes the ledger', 'update ledger_entries set amount_nanos = 1'],
    ['empties the ledger', 'truncate ledger_entries'],
    ['deletes invoices', 'delete from invoices'],
    ['says that an invoice was paid', 'update invoices set paid_cents = total_cents'],
    ['takes from a grant', 'update credit_grants set remaining_nanos = 0'],
    ['deletes a payment', 'delete from payments'],
    ['deletes usage', 'delete from usage_hours'],
    ['deletes masks', 'delete from replica_hours'],
    ['changes what was audited', `update audit_log set actor = 'me'`],
    ['switches triggers off', 'alter table invoices disable trigger all'],
    ['sets itself above them', 'set session_replication_role = replica'],
    ['drops a table', 'drop table emails'],
    ['makes a table', 'create table mine ()'],
    [
      'makes a partition of its own',
      `select ensure_partition('usage_reports', 'mine', now()::timestamp, now()::timestamp)`,
    ],
    ['becomes the owner', 'set role minutebook_owner'],
  ])('may not: %s', async (_what, sql) => {
    await expect(test.as(role).raw(sql)).rejects.toThrow(refused);
  });

  it('has partitions made', async () => {
    const make = `select ensure_usage_reports_day('2031-01-01'), ensure_usage_month('2031-01-01')`;
    await expect(test.as(role).raw(make)).resolves.toBeDefined();
    // As whoever puts another schema first in its search_path would.
    const db = test.as(role);
    await db.transaction((trx) =>
      trx.raw(`set local search_path = pg_temp; ${make.replaceAll('ensure_', 'public.ensure_')}`),
    );
  });
});

it('the worker alone drops usage reports that are folded and old', async () => {
  await expect(test.as('worker').raw(`select drop_usage_reports('2020-01-01')`)).resolves.toBeDefined();
  await expect(test.as('api').raw(`select drop_usage_reports('2020-01-01')`)).rejects.toThrow(refused);
});

it('keys of the API are nothing that the worker reads', async () => {
  await expect(test.as('worker').raw('select * from api_keys')).rejects.toThrow(refused);
});
