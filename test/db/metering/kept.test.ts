// The end of usage: a month of masks and roll-ups goes once it is older than a platform wants and nothing needs it any more; and
// what would need it afterwards is refused or says so.

import { putWorkspace } from '../../../commands/put-workspace';
import type { Dashboard } from '../../../contract/dashboard';
import { readBooks } from '../../../db/books/trial-balance';
import { readUsageKeptFrom } from '../../../db/metering/kept';
import { dropOldUsage, readNeeds } from '../../../db/metering/retention';
import { type Minutebook, type Problem, report, sendUsage, startMinutebook, withAcme } from '../../api/minutebook';
import { addEpisode } from '../../harness/episodes';
import { at } from '../fixtures';

let book: Minutebook;
const now = '2025-06-10T12:00:00Z';
const january = 'inv:acme:2025-01:usage:1';

// January and February are invoiced, March to June run on; of each month the first ten minutes of the third day were used. In
// February an episode of the guard is written off, and two minutes are corrected.
beforeAll(async () => {
  book = await startMinutebook({ now, freeCreditsUsd: '0', settings: { deadlineMs: 0 } });
  await withAcme(book);
  for (const month of ['01', '02', '03', '05', '06']) {
    await use(`2025-${month}-03T00:00:00Z`, `2025-${month}-03T00:10:00Z`);
  }
  await addEpisode(book.db, 'acme', { from: '2025-02-03T00:02:00Z', until: '2025-02-03T00:05:00Z' });
  await book.meter();
  expect(await correct('early', '2025-02-03T00:08:00Z', '2025-02-03T00:10:00Z')).toMatchObject({ status: 201 });
  for (const month of ['2025-01', '2025-02']) await finalize(month);
  // The day that was corrected is stored anew by the next round.
  await book.meter();
});
afterAll(() => book.close());

const use = (from: string, to: string, more = {}) => sendUsage(book, [report(from, to, more)]);
const finalize = (month: string) => book.activities.billing.finalizeInvoice({ workspace: 'acme', month });
const drop = (keepMonths = 3) => dropOldUsage(book.db, { nowMs: at(now), keepMonths });
const months = async () =>
  (
    await book.db('pg_class').where('relkind', 'r').whereRaw(`relname ~ '^(usage_hours|active_days)_'`).pluck('relname')
  ).sort();
const correct = (key: string, from: string, to: string) =>
  book.call<Problem>('POST', '/v1/workspaces/acme/corrections', {
    body: { key, reason: 'wrong', void: [{ model: 'm', from, to }] },
  });
const usage = (period: string) => book.call<Dashboard>('GET', `/v1/workspaces/acme/usage?period=${period}`);
const episodes = () => book.call('GET', '/v1/guard/episodes');
const summary = () => book.call('GET', '/v1/guard/episodes/summary');
const refused = (what: RegExp) => ({
  status: 409,
  body: { code: 'usage_not_kept', detail: expect.stringMatching(what) },
});

describe('a month stays while something needs it', () => {
  const day = '2025-01-20';
  const reports = `insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
    select received_at, '${day}T00:00Z', 1, replica_id, source_id, 1, 2, shard, workspace_id from usage_reports limit 1`;
  it.each([
    [
      'a period that is not closed',
      ['open_period'],
      `insert into workspaces (id, name, billing_email, starts_at, created_at) values ('o', 'O', 'o@o.example', '${day}', now());
       insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
         values ('o', '2025-01', '2025-01-01T00:00Z', '2025-02-01T00:00Z', now())`,
    ],
    [
      'a period that nobody has opened yet',
      ['open_period'],
      `insert into workspaces (id, name, billing_email, starts_at, created_at) values ('o', 'O', 'o@o.example', '${day}', now())`,
    ],
    ['late usage', ['late_usage'], `update billing_periods set has_late_usage = true where month = '2025-01'`],
    ['reports that are not folded', ['unfolded'], reports],
    ['an hour to be rolled up', ['dirty'], `insert into dirty_hours select shard, id, '${day}T00:00Z' from workspaces`],
    ['a day to be rolled up', ['dirty'], `insert into dirty_days select shard, id, '${day}' from workspaces`],
    [
      'a price that is still to be applied',
      ['dirty'],
      `insert into dirty_ranges (shard, from_at, until_at, all_but) values (3, '${day}', 'infinity', '{}')`,
    ],
    [
      'a workspace that is set aside',
      ['unfolded', 'set_aside'],
      `insert into set_aside (shard, workspace_id, work, error, next_attempt_at, folded)
         select shard, id, 'fold', 'poison', 'infinity', folded from workspaces join fold_cursors using (shard); ${reports}`,
    ],
    [
      'an episode of the guard that is open',
      ['open_episode'],
      `insert into workspaces (id, name, billing_email, starts_at, created_at) values ('o', 'O', 'o@o.example', '2025-06-01', now());
       insert into guard_episodes (workspace_id, number, begins_at, because, noticed_at)
         values ('o', 1, '${day}', 'credits', '${day}')`,
    ],
  ])('%s', async (_what, because, sql) => {
    const trx = await book.db.transaction();
    try {
      await trx.raw(sql);
      const { rows } = await trx.raw(`select drop_usage_month('2025-01-01') as needed_by`);
      expect(rows).toEqual([{ needed_by: because }]);
      expect(await readNeeds(trx, '2025-01')).toEqual(because);
    } finally {
      await trx.rollback();
    }
  });

  it.each([
    ['somebody who reads it', 'select count(*) from usage_hours'],
    ['reports of it that are being taken', 'select pg_advisory_xact_lock_shared(718, 0)'],
  ])('%s: it waits for half a second, and tries again with the next round', async (_what, sql) => {
    const other = await book.db.transaction();
    try {
      await other.raw(sql);
      await expect(drop()).resolves.toBe(0);
    } finally {
      await other.rollback();
    }
    expect(await months()).toContain('usage_hours_202501');
  });
});

it('goes by the round of metering where a platform says for how long usage is kept, and by nobody else', async () => {
  const { body: before } = await episodes();
  const { body: beforeInAll } = await summary();
  expect(before).toMatchObject({ items: [{ writtenOff: '0.03' }] });
  const round = (keepUsageMonths: number | null) => {
    Object.assign(book.connections.settings, { keepUsageMonths });
    return book.activities.usage.foldReports({ group: 0, groups: 16 });
  };
  await round(null);
  expect(await readUsageKeptFrom(book.db)).toBeNull();
  await round(4);
  expect(await readUsageKeptFrom(book.db)).toBe(at('2025-02-01T00:00:00Z'));
  await expect(drop()).resolves.toBe(1);
  await expect(drop()).resolves.toBe(0);
  expect(await months()).toEqual(
    ['active_days', 'usage_hours'].flatMap((table) => ['03', '05', '06', '07'].map((month) => `${table}_2025${month}`)),
  );
  expect(await readUsageKeptFrom(book.db)).toBe(at('2025-03-01T00:00:00Z'));
  // What was written off of an episode of then is what it says of itself from now on.
  expect((await episodes()).body).toEqual(before);
  expect((await summary()).body).toEqual(beforeInAll);
  // A month that somebody makes again goes again.
  await book.appDb.raw(`select ensure_usage_month('2025-01-01')`);
  await expect(drop()).resolves.toBe(1);
});

it('what was dropped does not come back, and the API drops nothing', async () => {
  await expect(book.db.raw(`update usage_kept set from_at = '2025-01-01'`)).rejects.toThrow(/does not come back/);
  await expect(book.db.raw('delete from usage_kept')).rejects.toThrow();
  await expect(book.appDb.raw(`select drop_usage_month('2025-02-01')`)).rejects.toThrow(/permission denied/);
});

describe('once it is gone', () => {
  it('reports of then go into quarantine whole, as too old, and stay there', async () => {
    const taken = await use('2025-02-28T23:00:00Z', '2025-03-01T01:00:00Z');
    expect(taken).toMatchObject({ status: 202, body: { accepted: 0, quarantined: 1 } });
    expect(await use('2025-03-03T00:10:00Z', '2025-03-03T00:20:00Z')).toMatchObject({ body: { accepted: 1 } });
    expect(await book.call('POST', '/v1/quarantine/replay', { body: {} })).toMatchObject({ body: { replayed: 0 } });
    await book.meter();
    const { body } = await book.call<{ items: { reason: string; reports: number }[] }>('GET', '/v1/quarantine');
    expect(body.items).toMatchObject([{ reason: 'too_old', reports: 1 }]);
    expect(await months()).not.toContain('usage_hours_202502');
    const dropping = { workspace: 'acme', lacks: 'too_old', reason: 'they are on no invoice' };
    const dropped = await book.call('POST', '/v1/quarantine/drop', { body: dropping });
    expect(dropped).toMatchObject({ status: 200, body: { dropped: 1 } });
  });

  it('what waited for a price then is too old as well once there is one', async () => {
    await use('2025-03-03T00:00:00Z', '2025-03-03T01:00:00Z', { instanceType: 'new' });
    await book.db.raw(`update usage_quarantine set from_at = '2025-02-03T00:00Z', to_at = '2025-02-03T01:00Z'`);
    const prices = [{ instanceType: 'new', usdPerMinute: '0.02', effectiveFrom: '2025-01-01T00:00:00Z' }];
    expect(await book.call('PUT', '/v1/prices', { body: prices })).toMatchObject({ status: 200 });
    const { body } = await book.call<{ items: { reason: string }[] }>('GET', '/v1/quarantine');
    expect(body.items).toMatchObject([{ reason: 'too_old' }]);
  });

  it('its reports are folded no more, as where a restored database folds all that it has again', async () => {
    await book.db.raw(`update fold_cursors set folded = '1:1:'`);
    await book.meter();
    expect(await months()).not.toContain('usage_hours_202501');
    expect(await book.db('usage_hours').count({ hours: '*' })).toEqual([{ hours: 3n }]);
  });

  it('a correction of it is refused, and so is taking one back', async () => {
    expect(await correct('old', '2025-02-03T00:00:00Z', '2025-03-03T00:05:00Z')).toMatchObject(
      refused(/about 2025-02-03T00:00:00Z, and usage is kept since 2025-03-01.*credit note/),
    );
    expect(await book.call('DELETE', '/v1/workspaces/acme/corrections/early')).toMatchObject(
      refused(/about 2025-02-03T00:08:00Z, and usage is kept since 2025-03-01/),
    );
    // The same again changes nothing, and is answered.
    expect(await correct('early', '2025-02-03T00:08:00Z', '2025-02-03T00:10:00Z')).toMatchObject({ status: 200 });
    expect(await correct('new', '2025-03-03T00:00:00Z', '2025-03-03T00:05:00Z')).toMatchObject({ status: 201 });
  });

  it('its invoice can be read, credited, and voided with its usage, but not owed again', async () => {
    const hours = await book.call('GET', `/v1/invoices/${january}/usage.csv`);
    expect(hours).toMatchObject({ status: 200, body: expect.stringContaining('2025-01-03T00:00:00Z') });
    expect(await book.call('GET', `/v1/invoices/${january}/pdf`)).toMatchObject({ status: 200 });
    const note = { key: 'sorry', amount: '0.01', reason: 'sorry' };
    const credited = await book.call('POST', `/v1/invoices/${january}/credit-notes`, { body: note });
    expect(credited).toMatchObject({ status: 201, body: { amount: '0.01' } });
    const voided = (becomes: string) =>
      book.call('POST', `/v1/invoices/${january}/void`, { body: { key: 'v', reason: 'wrong', usage: becomes } });
    expect(await voided('owed')).toMatchObject(refused(/cannot be billed again.*usage "voided"/));
    expect(await voided('voided')).toMatchObject({ status: 201 });
  });

  it('its dashboard shows the bill and says that the usage is gone, as do its hours, days and replicas', async () => {
    const said = { usageKeptFrom: '2025-03-01T00:00:00Z' };
    expect(await usage('2025-01')).toMatchObject({
      status: 200,
      body: { ...said, models: [], bill: { total: '0.10' }, invoice: { id: january } },
    });
    expect((await usage('2025-03')).body).not.toHaveProperty('usageKeptFrom');
    const span = 'from=2025-01-02T00:00:00Z&to=2025-01-06T00:00:00Z';
    for (const path of ['days?period=2025-01', 'days/2025-01-03', `hours?${span}`, `replicas?model=m&${span}`]) {
      const { status, body } = await book.call('GET', `/v1/workspaces/acme/usage/${path}`);
      expect([status, body]).toMatchObject([200, { ...said, items: [] }]);
    }
  });

  it('a workspace cannot begin then', async () => {
    const author = { actor: 'test', nowMs: at(now) };
    const { freeCreditsNanos, closeSpreadMs } = book.connections.settings;
    const put = (startsAt: string) => {
      const entry = { name: 'Early', billingEmail: 'e@e.example', startsAtMs: at(startsAt) };
      const opening = { freeCreditsNanos, closeSpreadMs };
      return book.db.transaction((trx) => putWorkspace(trx, { id: 'early', entry, author, opening }));
    };
    await expect(put('2025-02-28T00:00:00Z')).rejects.toThrow(
      'usage is kept since 2025-03-01T00:00:00Z: let it start then or later',
    );
    await expect(put('2025-03-01T00:00:00Z')).resolves.toMatchObject({ created: true });
  });

  it('the next invoice is of its own month, to the minute', async () => {
    await expect(finalize('2025-03')).resolves.toMatchObject({ kind: 'invoiced', totalCents: '15' });
    const { checks } = await readBooks(book.db, { workspace: null, month: null });
    expect(checks.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('what was judged just before it went is not taken, and too old when it comes again', async () => {
    const dropping = await book.db.transaction();
    await dropping.raw('select pg_advisory_xact_lock(718, 0)');
    const sent = use('2025-03-20T00:00:00Z', '2025-03-20T00:10:00Z');
    const isWaiting = `select from pg_locks where locktype = 'advisory' and classid = 718 and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    while ((await book.db.raw(isWaiting)).rowCount === 0);
    await dropping.raw(`update usage_kept set from_at = '2025-04-01T00:00Z'`);
    await dropping.commit();
    expect(await sent).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    const again = await use('2025-03-20T00:00:00Z', '2025-03-20T00:10:00Z');
    expect(again).toMatchObject({ status: 202, body: { quarantined: 1 } });
  });
});
