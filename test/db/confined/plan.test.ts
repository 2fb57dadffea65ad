// The reading of plans tells statements of one workspace from others: were it to take everything for one, no test would ever fail.

import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { type Catalog, readCatalog, touchOf } from './catalog';

let test: TestDatabase;
let catalog: Catalog;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = await readCatalog(test.db);
});
afterAll(() => test.drop());

/** Distributed tables by what their workspace is equal to, groups in the order of their tables. */
async function groupsOf(sql: string): Promise<readonly string[]> {
  const { groups } = await touchOf(test.db, { sql, parameters: ['workspace', 'other'] }, catalog);
  const told = [...groups].map(([by, tables]) => {
    const of = [...tables].sort().join(', ');
    return by.startsWith('given ') ? `${of} of ${by.slice('given '.length)}` : of;
  });
  return told.sort();
}

it.each([
  ['a parameter', 'select from invoices where workspace_id = $1', 'invoices of :workspace'],
  [
    'a parameter, over a join',
    'select state from workspaces left join guards on workspace_id = id where id = $1',
    'guards, workspaces of :workspace',
  ],
  [
    'a parameter, over a view',
    'select month from standing_usage where workspace_id = $1',
    'credit_note_usage, credit_notes, invoice_usage of :workspace',
  ],
  [
    'a parameter, over a common table expression',
    `with ended as (update guards set state = 'ok' where workspace_id = $1 returning workspace_id)
      select from ended join suspensions using (workspace_id)`,
    'guards, suspensions of :workspace',
  ],
  [
    'a parameter, in every alternative',
    `select from guard_episodes where workspace_id = $1 and ends_at is null or workspace_id = $1 and number = 1`,
    'guard_episodes of :workspace',
  ],
  [
    'a parameter, under a name of its own',
    `with asked as materialized (select $1::text as workspace_id, generate_series(1, 2) as number)
      select from asked join suspensions using (workspace_id, number)`,
    'suspensions of :workspace',
  ],
  [
    'a parameter, in a sub-query that is looked up',
    `select from invoices where workspace_id = $1
      and (workspace_id, id) not in (select workspace_id, invoice_id from payments where workspace_id = $1)`,
    'invoices, payments of :workspace',
  ],
  [
    'a parameter, by way of a row',
    `with one as materialized (select id from workspaces where id = $1) select from guards where workspace_id = (select id from one)`,
    'guards, workspaces of :workspace',
  ],
  [
    'a parameter, by where rows lie that are chosen',
    `delete from dirty_days where ctid = any(array(select ctid from dirty_days where workspace_id = $1 limit 10))`,
    'dirty_days of :workspace',
  ],
  ['what is inserted', `insert into past_due_pauses select $1, now()`, 'past_due_pauses of :workspace'],
  [
    'a partition',
    'select from replica_hours join replicas using (workspace_id, replica_id) where workspace_id = $1',
    'replica_hours, replicas of :workspace',
  ],
])('%s confines', async (_what, sql, expected) => {
  expect(await groupsOf(sql)).toEqual([expected]);
});

it.each([
  ['nothing', 'select from invoices where number = 1', ['invoices']],
  ['a list', 'select from invoices where workspace_id = any($1::text[])', ['invoices']],
  ['one of two alternatives', 'select from invoices where workspace_id = $1 or number = 1', ['invoices']],
  ['a parameter or none', 'select from invoices where $1::text is null or workspace_id = $1', ['invoices']],
  ['the other end of a comparison', 'select from invoices where workspace_id > $1', ['invoices']],
  ['a join by the workspace', 'select from invoices join payments using (workspace_id)', ['invoices, payments']],
  [
    'a join by something else',
    'select from invoices join payments on invoice_id = id where invoices.workspace_id = $1',
    ['invoices of :workspace', 'payments'],
  ],
  [
    'two parameters',
    'select from invoices, payments where invoices.workspace_id = $1 and payments.workspace_id = $2',
    ['invoices of :workspace', 'payments of :other'],
  ],
  [
    'one branch of a union',
    `select id from (select workspace_id, id from invoices where workspace_id = $1 union all
      select workspace_id, id from credit_notes) as both_kinds`,
    ['credit_notes', 'invoices of :workspace'],
  ],
  [
    'a sub-query by something else',
    'select from invoices where workspace_id = $1 and id in (select invoice_id from payments)',
    ['invoices of :workspace', 'payments'],
  ],
  [
    'where rows lie that are chosen of anybody',
    `delete from dirty_days where ctid = any(array(select ctid from dirty_days where day < '2031-01-01' limit 10))`,
    ['dirty_days'],
  ],
  [
    'where rows of another table lie',
    `delete from dirty_days where ctid = any(array(select ctid from dirty_hours where workspace_id = $1 limit 10))`,
    ['dirty_days', 'dirty_hours of :workspace'],
  ],
  [
    'what is inserted from a list',
    'insert into past_due_pauses select workspace, now() from unnest($1::text[]) as listed (workspace)',
    ['past_due_pauses'],
  ],
])('%s does not confine', async (_what, sql, expected) => {
  expect(await groupsOf(sql)).toEqual(expected);
});
