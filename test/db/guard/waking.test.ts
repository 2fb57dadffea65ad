// Waking guards: in the transaction of what changed, once until they have judged.

import type { Trx } from '../../../db/connection/knex';
import { callGuards, ensureGuards, wakeGuards } from '../../../db/guard/waking';
import { guardWorkflowId } from '../../../domain/ids';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { at, createWorkspace } from '../../harness/workspace';

let test: TestDatabase;
const nowMs = at('2025-03-10T10:00:00Z');
beforeEach(async () => {
  test = await createTestDatabase();
  for (const id of ['a', 'b:c']) await createWorkspace(test.db, { id, nowMs });
  await test.db('outbox').delete();
});
afterEach(() => test.drop());

const said = async () =>
  (await test.db('outbox').orderBy('outbox_id')).map(
    (row) => `${row.kind} ${row.workflow_id} ${row.signal_name ?? row.workflow_type} ${JSON.stringify(row.arguments)}`,
  );
const doing = (work: (trx: Trx) => Promise<void>) => test.db.transaction(work);
const judged = (workspace: string) =>
  test
    .db('guards')
    .where({ workspace_id: workspace })
    .update({ judged_sequence: test.db.ref('wake_sequence') });

it('starts those that are missing, and tells nobody twice who has not judged since', async () => {
  await doing((trx) => wakeGuards(trx, { workspaces: ['a', 'b:c', 'nobody'], nowMs }));
  expect(await said()).toEqual([]);
  await doing((trx) => ensureGuards(trx, { workspaces: ['b:c', 'a', 'nobody'], nowMs }));
  await doing((trx) => ensureGuards(trx, { workspaces: ['a'], nowMs }));
  await doing((trx) => wakeGuards(trx, { workspaces: ['a', 'b:c'], nowMs }));
  const starts = [`start guard:a creditGuard {"workspace":"a"}`, `start guard:b:c creditGuard {"workspace":"b:c"}`];
  expect(await said()).toEqual(starts);
  await judged('a');
  await doing((trx) => wakeGuards(trx, { workspaces: ['a', 'b:c'], nowMs }));
  await doing((trx) => ensureGuards(trx, { workspaces: ['a', 'b:c'], nowMs }));
  expect(await said()).toEqual([...starts, `signal guard:a woken {"sequence":4}`]);
});

it('calls those that should have judged, by a start and a signal above all that was said', async () => {
  await doing((trx) => ensureGuards(trx, { workspaces: ['a'], nowMs }));
  await test.db('outbox').delete();
  await doing((trx) => callGuards(trx, { workspaces: ['a', 'b:c'], nowMs }));
  expect(await said()).toEqual([`start guard:a creditGuard {"workspace":"a"}`, `signal guard:a woken {"sequence":2}`]);
});

it('what wakes many knows a workflow by the id that everybody else does', async () => {
  const { rows } = await test.db.raw(`select guard_workflow_id('b:c') as id`);
  expect(rows[0].id).toBe(guardWorkflowId('b:c'));
});
