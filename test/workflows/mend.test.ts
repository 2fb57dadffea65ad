// The daily mending as a workflow: what became of workflows that ended before their time. They are
// cancelled here, as the clock of the time-skipping server stands still after a termination; test/workers has those.

import {
  dayMs,
  formatInstant,
  hourMs,
  minuteMs,
  monthEndMs,
  monthOf,
  monthStartMs,
  nextMonth,
} from '../../domain/period';
import { aroundRules } from '../harness/around-rules';
import { type Billing, startBilling } from '../harness/billing';
import { keepHistory } from '../harness/histories';
import { at, putPrices, serving } from '../harness/workspace';

let billing: Billing;

beforeAll(async () => {
  billing = await startBilling();
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});

afterAll(() => billing?.stop());

let mendings = 0;
async function mend() {
  const workflowId = `mend-${++mendings}`;
  const handle = await billing.client.workflow.start('mend', { workflowId, taskQueue: 'billing' });
  const mended = await handle.result();
  await billing.settled();
  return { mended, handle };
}

/** A workspace at the first minute of a month, with an hour of usage on its second day. */
async function beginMonth(workspace: string): Promise<string> {
  const month = nextMonth(monthOf(await billing.clock()));
  const startMs = monthStartMs(month);
  await billing.advanceTo(startMs);
  await billing.createWorkspace({ id: workspace, startsAtMs: startMs });
  const reports = [serving({ workspace, fromMs: startMs + dayMs, toMs: startMs + dayMs + hourMs })];
  await billing.report({ source: workspace, reports });
  return month;
}

test('a month whose workflow was ended is billed, and what it had not opened is there', async () => {
  const workspace = 'ended';
  const month = await beginMonth(workspace);
  const period = { workspace, month };
  await billing.handleOf(period).cancel();
  await billing.report({ source: workspace, completeThroughMs: monthEndMs(month) });
  await billing.advanceTo(monthEndMs(month) + 3 * hourMs);
  expect(await billing.statusOf(period)).toBe('open');
  expect(await billing.statusOf({ workspace, month: nextMonth(month) })).toBeUndefined();

  const { mended, handle } = await mend();
  expect(mended).toEqual({
    opened: 1,
    restarted: 1,
    collected: 0,
    told: 0,
    refundsBegun: 0,
    refundsSent: 0,
    detached: 0,
    expiring: 0,
    guardsStarted: 0,
    guardsWoken: 0,
  });
  expect(await billing.handleOf(period).result()).toMatchObject({ status: 'invoiced', totalCents: '60' });
  expect(await billing.statusOf({ workspace, month: nextMonth(month) })).toBe('open');
  expect((await billing.handleOf({ workspace, month: nextMonth(month) }).describe()).status.name).toBe('RUNNING');
  await keepHistory('mending', handle);

  expect((await mend()).mended).toEqual({
    opened: 0,
    restarted: 0,
    collected: 0,
    told: 0,
    refundsBegun: 0,
    refundsSent: 0,
    detached: 0,
    expiring: 0,
    // Nobody has metered it yet by then, and it has no credits.
    guardsStarted: 1,
    guardsWoken: 0,
  });
});

test('a month that was lost before its end opens the next in time', async () => {
  const workspace = 'ended-early';
  const month = await beginMonth(workspace);
  await billing.handleOf({ workspace, month }).cancel();
  await billing.advanceTo(monthEndMs(month) - dayMs + 2 * hourMs);
  expect((await mend()).mended).toEqual({
    opened: 0,
    restarted: 1,
    collected: 0,
    told: 0,
    refundsBegun: 0,
    refundsSent: 0,
    detached: 0,
    expiring: 0,
    guardsStarted: 0,
    guardsWoken: 0,
  });
  await billing.untilStatus({ workspace, month: nextMonth(month) }, 'open');
  expect((await billing.handleOf({ workspace, month }).describe()).status.name).toBe('RUNNING');
});

test('a month that runs, however late, is not disturbed', async () => {
  const workspace = 'alive';
  const month = await beginMonth(workspace);
  const handle = billing.handleOf({ workspace, month });
  await billing.advanceTo(monthEndMs(month) + hourMs);
  const { historyLength, runId } = await handle.describe();
  // As if its deadline had passed without it.
  const created = monthStartMs(month) - 60 * dayMs;
  await aroundRules(
    billing.db,
    `alter table billing_periods drop constraint period_is_its_month;
     update workspaces set created_at = '${formatInstant(created)}' where id = '${workspace}';
     update billing_periods set ends_at = '${formatInstant(monthEndMs(month) - 2 * dayMs)}'
     where workspace_id = '${workspace}' and month = '${month}'`,
  );
  expect((await mend()).mended).toMatchObject({ restarted: 1 });
  expect(await handle.describe()).toMatchObject({ historyLength, runId });
  await billing.advanceTo(monthEndMs(month) + dayMs + minuteMs);
  expect(await handle.result()).toMatchObject({ status: 'invoiced', because: 'deadline' });
});
