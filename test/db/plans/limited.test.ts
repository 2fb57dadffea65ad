// What is chosen with a limit or a lock is chosen once, whatever Postgres knows of the tables: not again for each row that it is
// compared with, which takes as long as the square of the rows, and may choose others each time.
import path from 'node:path';
import type * as database from '../../harness/database';
import { gatherStatements, makersIn, root } from '../confined/made-statements';
import type { PlanNode } from '../confined/plan';

// Before anything that makes statements is loaded: what does is required below, not imported.
const gathered = gatherStatements();

let test: database.TestDatabase;
beforeAll(async () => {
  const { createTestDatabase } = require('../../harness/database') as typeof database;
  test = await createTestDatabase();
  for (const file of makersIn().keys()) require(path.join(root, file));
  await test.db.raw(`select ensure_usage_reports_day('2031-01-01'), ensure_usage_month('2031-01-01')`);
  // So that every table is planned as one row: however many there are, as it is after a vacuum that found a table empty.
  await test.db.raw('vacuum analyze');
});
afterAll(() => test.drop());

async function isChosenAgain(sql: string): Promise<boolean> {
  const { rows } = await test.db.raw(`explain (generic_plan, verbose, format json) ${sql.replaceAll('?', '\\?')}`);
  return isAgain(rows[0]['QUERY PLAN'][0].Plan, false);
}

/** Whether something is chosen at a node or below it, where the node is run for each of several rows. */
function isAgain(node: PlanNode, forEach: boolean): boolean {
  const isChoice = node['Node Type'] === 'Limit' || node['Node Type'] === 'LockRows';
  if (isChoice && forEach && !isLateral(node)) return true;
  return (node.Plans ?? []).some((child) => isAgain(child, isForEach(node, child) ?? forEach));
}

/** Whether a node has a child run for each of several rows; undefined where it is run as often as the node itself. */
function isForEach(node: PlanNode, child: PlanNode): boolean | undefined {
  const relation = child['Parent Relationship'];
  const name = child['Subplan Name'] ?? '';
  if (relation === 'InitPlan') return false;
  if (relation === 'SubPlan') return !JSON.stringify(node).includes(`hashed ${name}`);
  if (node['Node Type'] === 'Nested Loop' && relation === 'Inner') return child['Node Type'] !== 'Materialize';
  return undefined;
}

/** Whether a node reads something of the rows above it: it is meant to be run for each. */
function isLateral(node: PlanNode): boolean {
  const nodes = [...below(node)];
  const own = new Set(nodes.map(({ Alias }) => Alias));
  const texts = nodes.flatMap(({ Plans, Output, ...conditions }) => Object.values(conditions).flat());
  const read = texts.flatMap((text) => (typeof text === 'string' ? [...text.matchAll(/(\w+|"[^"]+")\.\w/g)] : []));
  return read.some(([, alias = '']) => !own.has(alias.replaceAll('"', '')));
}

function* below(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const each of node.Plans ?? []) yield* below(each);
}

const exceptions = [
  // The last credit note of one invoice.
  'db/billing/standing-invoices.ts selectInvoice',
];

it('no statement chooses again for each row', async () => {
  const found = new Set<string>();
  for (const { name, sql } of gathered) if (await isChosenAgain(sql)) found.add(name);
  expect([...found]).toEqual(exceptions);
});

const oldest = 'from payment_links where expires_at < $1 order by expires_at limit 10';

it.each([
  ['a sub-query with a limit', `delete from payment_links where token_hash in (select token_hash ${oldest})`],
  [
    'one with a lock',
    `delete from payment_links where token_hash in (select token_hash from payment_links where expires_at < $1 for update)`,
  ],
  [
    'one that the planner takes out of its common table expression',
    `with oldest as (select token_hash ${oldest}) delete from payment_links where token_hash in (select * from oldest)`,
  ],
  [
    'one that is joined',
    `update payment_links set done_at = $1 from (select token_hash as hash ${oldest}) as oldest where token_hash = hash`,
  ],
])('%s would be', async (_what, sql) => {
  expect(await isChosenAgain(sql)).toBe(true);
});

it.each([
  ['an array', `delete from payment_links where ctid = any(array(select ctid ${oldest} for update skip locked))`],
  [
    'a common table expression that stays one',
    `with oldest as materialized (select token_hash ${oldest}) delete from payment_links where token_hash in (select * from oldest)`,
  ],
  [
    'what is asked of each row by itself',
    `select from workspaces cross join lateral (
      select from payment_links where workspace_id = workspaces.id and expires_at < $1 order by expires_at limit 10) as its_own`,
  ],
])('%s would not be', async (_what, sql) => {
  expect(await isChosenAgain(sql)).toBe(false);
});
