// Every statement of the source is of one workspace, by the plan that Postgres makes of it, or is listed with its reason. The plan
// and not the text: it has views in their places, names resolved and equalities carried over joins. It says
// nothing of what functions do: functions.test.ts does.

import path from 'node:path';
import type * as auditReading from '../../../db/accounts/audit-reading';
import type * as deliveriesReading from '../../../db/webhooks/deliveries-reading';
import type * as database from '../../harness/database';
import { type Catalog, readCatalog, told, touchOf } from './catalog';
import { gatherStatements, makersIn, root } from './made-statements';
import type { Touch } from './plan';
import { type Reach, statementExceptions } from './statement-exceptions';

// Before anything that makes statements is loaded: what does is required below, not imported.
const gathered = gatherStatements();

let test: database.TestDatabase;
let catalog: Catalog;
beforeAll(async () => {
  const { createTestDatabase } = require('../../harness/database') as typeof database;
  test = await createTestDatabase();
  catalog = await readCatalog(test.db);
  for (const file of makersIn().keys()) require(path.join(root, file));
  await makeTheOthers();
});
afterAll(() => test.drop());

/** Statements that are made when they are first asked for. */
async function makeTheOthers(): Promise<void> {
  const { listAudit } = require('../../../db/accounts/audit-reading') as typeof auditReading;
  const { listDeliveries } = require('../../../db/webhooks/deliveries-reading') as typeof deliveriesReading;
  for (const workspace of [undefined, 'acme']) {
    await listAudit(test.db, { workspace, action: undefined, actor: undefined, before: undefined, limit: 1 });
  }
  await listDeliveries(test.db, { before: null, limit: 1 });
}

function reachOf({ groups }: Touch): Reach | 'one workspace' {
  const [only, ...more] = groups.keys();
  if (more.length > 0) return 'across';
  return only === undefined || only.startsWith('given ') ? 'one workspace' : 'each shard';
}

const widest = ['one workspace', 'each shard', 'across'] as const;

it('a statement is of one workspace, or listed with how far it reaches and why', async () => {
  const found = new Map<string, { reach: Reach | 'one workspace'; told: string }>();
  for (const made of gathered) {
    const touch = await touchOf(test.db, made, catalog);
    const reach = reachOf(touch);
    const known = found.get(made.name)?.reach ?? 'one workspace';
    if (found.has(made.name) && widest.indexOf(reach) <= widest.indexOf(known)) continue;
    found.set(made.name, { reach, told: told(touch) });
  }
  const listed = new Map(
    statementExceptions.flatMap(({ reach, statements }) => statements.map((name) => [name, reach])),
  );
  const faults = [...new Set([...found.keys(), ...listed.keys()])].flatMap((name) => {
    const [is, said] = [found.get(name), listed.get(name) ?? 'one workspace'];
    if (is?.reach === said) return [];
    if (is === undefined) return [`${name}: there is no such statement (any more)`];
    return [`${name}: listed as "${said}", is "${is.reach}" (${is.told})`];
  });
  expect(faults).toEqual([]);
});

it('every declaration that makes statements has made one', () => {
  const names = new Set(gathered.map(({ name }) => name));
  const declared = [...makersIn()].flatMap(([file, makers]) => makers.map((maker) => `${file} ${maker}`));
  expect(declared.filter((name) => !names.has(name))).toEqual([]);
});

it('no statement moves a row to another workspace', async () => {
  const moving = gathered.filter(({ sql }) =>
    [...sql.matchAll(/\bset\s(.*?)(?:\bwhere\b|\breturning\b|\bfrom\b|$)/gs)].some(([, list = '']) =>
      /(?:^|,)\s*workspace_id\s*=/.test(list),
    ),
  );
  const touched = await Promise.all(moving.map((made) => touchOf(test.db, made, catalog)));
  expect(moving.filter((_, at) => touched[at]?.groups.size !== 0).map(({ name }) => name)).toEqual([]);
});
