// A month's turn: invoices are made of all workspaces while all of them report for the new month. Intake waits for neither a fold
// nor the invoices that do; and a source that comes while a period is about to wait is not missed.
import { setTimeout as sleep } from 'node:timers/promises';
import { closePeriodEarly } from '../../commands/close-period';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { lockForCorrection } from '../../db/billing/closing';
import type { Trx } from '../../db/connection/knex';
import { UsageAppender } from '../../db/intake/reports';
import { noteReported, sourceId } from '../../db/intake/sources';
import { lockPeriod, lockWorkspaceRow } from '../../db/locks';
import { addPrice, addWorkspace, at, record, report } from '../db/fixtures';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { until } from '../harness/until';

const [begin, end, now] = ['2025-01-01T00:00:00Z', '2025-02-01T00:00:00Z', '2025-02-01T00:10:00Z'];
const month = '2025-01';
const period = { workspace: 'acme', month } as const;

let test: TestDatabase;
let appender: UsageAppender;
beforeEach(async () => {
  test = await createTestDatabase({ poolMax: 30 });
  appender = new UsageAppender();
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from: begin });
  await addWorkspace(test.db, { id: 'acme', startsAt: begin, createdAt: end, months: ['2025-01', '2025-02'] });
  await test.db('outbox').delete();
});
afterEach(() => test.drop());

const finalize = (workspace = 'acme') =>
  finalizeInvoice({ db: test.db, appender, clock: () => at(now), settings: testSettings() }, { workspace, month });
const used = (day: string, workspace = 'acme') =>
  report(`${day}T00:00:00Z`, `${day}T01:00:00Z`, { workspace, replica: `r-${workspace}` });
const send = (source: string, reports = [used('2025-01-31')], completeThrough?: string) =>
  record(test.db, appender, { source, reports, now, ...(completeThrough === undefined ? {} : { completeThrough }) });
const woken = () =>
  test.db('outbox').where('kind', 'signal').distinct('workflow_id').orderBy('workflow_id').pluck('workflow_id');

/** Whether so many of this database wait for a lock. */
async function waiting(count: number): Promise<void> {
  await until(`${count} wait for a lock`, async () => {
    const { rows } = await test.db.raw(`
      select count(distinct pid)::int as waiting from pg_locks join pg_stat_activity using (pid)
      where not granted and datname = current_database()`);
    return rows[0].waiting === count;
  });
}

/** Does some work while another transaction holds what `hold` takes; then lets it go. */
async function holding(hold: (trx: Trx) => Promise<unknown>, work: () => Promise<void>): Promise<void> {
  const trx = await test.db.transaction();
  try {
    await hold(trx);
    await work();
  } finally {
    await trx.commit();
  }
}

const fold = (trx: Trx) => trx.raw('select pg_advisory_xact_lock(712, shard) from generate_series(0, 15) as shard');

it('intake and whoever has something to do with the workspace wait for no invoice that waits for a fold', async () => {
  await send('known', [used('2025-01-10')], end);
  let invoice: Promise<unknown> = Promise.resolve();
  await holding(fold, async () => {
    invoice = finalize();
    await waiting(1);
    // The first report of the new month, of a source that is known and of others, ahead and without a mark; and of the old one.
    const month = [used('2025-02-01')];
    await send('known', month, now);
    await send('ahead', month, now);
    await send('ahead', [used('2025-01-20')]);
    await send('new', month);
    await test.db.transaction((trx) => lockWorkspaceRow(trx, 'acme'));
  });
  expect(await invoice).toMatchObject({ kind: 'invoiced' });
});

it('neither does it wait for one that is being made', async () => {
  await send('ahead', [used('2025-01-10')], now);
  await holding(
    (trx) => lockForCorrection(trx, 'acme'),
    async () => {
      await send('ahead', [used('2025-02-01')]);
      await send('new', [used('2025-01-20'), used('2025-02-01')], now);
    },
  );
});

it('a correction that waits for a fold holds up nobody', async () => {
  const correction = await test.db.transaction();
  let corrected: Promise<unknown> = Promise.resolve();
  await holding(fold, async () => {
    corrected = lockForCorrection(correction, 'acme');
    await waiting(1);
    await test.db.transaction((trx) => lockWorkspaceRow(trx, 'acme'));
  });
  await corrected;
  await correction.rollback();
});

/** Does some work while periods wait with being marked as waiting. */
async function beingSlow(work: () => Promise<void>): Promise<void> {
  await test.db.raw(`
    create function be_slow() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(999, 0); return new; end $$;
    create trigger be_slow before update of status on billing_periods for each row execute function be_slow()`);
  await holding((trx) => trx.raw('select pg_advisory_xact_lock(999, 0)'), work);
}

// What makes January of `acme` complete: a source that is ahead, and that reports of it for the first time.
const come = () => send('ahead', [used('2025-01-20')]);

describe('a source that is ahead already and comes', () => {
  beforeEach(() => send('ahead', [], now));

  it('before the period is looked at is seen', async () => {
    await come();
    expect(await finalize()).toMatchObject({ kind: 'invoiced', because: 'complete' });
  });

  it('after it was looked at, and before it is held, is seen by looking again', async () => {
    let invoice: Promise<unknown> = Promise.resolve();
    await holding(
      (trx) => trx('billing_periods').where({ workspace_id: 'acme', month }).forShare(),
      async () => {
        // It has found that no source ever reported, and waits for the period's row.
        invoice = finalize();
        await waiting(1);
        await come();
      },
    );
    expect(await invoice).toMatchObject({ kind: 'invoiced', because: 'complete' });
    expect(await woken()).toEqual([]);
  });

  it('while the period is about to wait, but earlier, is waited for and seen', async () => {
    const coming = await test.db.transaction();
    await noteReported(coming, { sourceId: await sourceId(test.db, 'ahead'), reported: [period] });
    const invoice = finalize();
    await waiting(1);
    await coming.commit();
    expect(await invoice).toMatchObject({ because: 'complete' });
    expect(await woken()).toEqual([]);
  });

  it('while the period is about to wait, and later, waits for it and wakes it', async () => {
    let [invoice, coming]: Promise<unknown>[] = [];
    await beingSlow(async () => {
      invoice = finalize();
      await waiting(1);
      coming = come();
      await waiting(2);
    });
    await coming;
    expect(await invoice).toMatchObject({ kind: 'waiting' });
    expect(await woken()).toEqual(['billing:acme:2025-01']);
  });

  it('after the period waits wakes it', async () => {
    expect(await finalize()).toMatchObject({ kind: 'waiting' });
    await come();
    expect(await woken()).toEqual(['billing:acme:2025-01']);
  });
});

it('a source that comes with a mark behind the end, and whose mark then passes it, wakes what was about to wait meanwhile', async () => {
  await send('late', [], '2025-01-20T00:00:00Z');
  const coming = await test.db.transaction();
  await noteReported(coming, { sourceId: await sourceId(test.db, 'late'), reported: [period] });
  let [invoice, passing]: Promise<unknown>[] = [];
  await beingSlow(async () => {
    invoice = finalize();
    await waiting(1);
    await coming.commit();
    await until('the period is about to wait', async () => {
      const { rows } = await test.db.raw(
        `select count(*)::int as waiting from pg_locks where classid = 999 and not granted`,
      );
      return rows[0].waiting === 1;
    });
    passing = send('late', [], end);
    await waiting(2);
  });
  await passing;
  expect(await invoice).toMatchObject({ kind: 'waiting' });
  expect(await woken()).toEqual(['billing:acme:2025-01']);
});

it('of two hundred periods, each closed while a new source reports of it or passes its end, none waits unwoken', async () => {
  await test.db.raw(`
    insert into workspaces (id, name, billing_email, starts_at, created_at)
    select 'w' || n, 'W', 'w@example.com', '${begin}', '${end}' from generate_series(1, 200) as n;
    insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
    select id, '${month}', '${begin}', '${end}', '${begin}' from workspaces where id like 'w%'`);
  await send('ahead', [], now);
  const waited: string[] = [];
  const race = async (n: number) => {
    const workspace = `w${n}`;
    const closing = sleep(n % 25).then(async () => {
      const { kind } = await finalize(workspace);
      if (kind === 'waiting') waited.push(`billing:${workspace}:${month}`);
    });
    const reports = [used('2025-01-20', workspace)];
    const passesLater = async () => {
      await send(`late-${n}`, reports, '2025-01-21T00:00:00Z');
      await send(`late-${n}`, [], end);
    };
    await Promise.all([closing, n % 2 === 0 ? send('ahead', reports) : passesLater()]);
  };
  for (let n = 0; n < 200; n += 8) await Promise.all(Array.from({ length: 8 }, (_, k) => race(n + k + 1)));
  expect(await woken()).toEqual(waited.sort());
});

describe('asking for an early closing', () => {
  const author = { actor: 'admin:tests', nowMs: at('2025-01-20T00:00:00Z') };
  const ask = () => test.db.transaction((trx) => closePeriodEarly(trx, { ...period, author }));
  const audited = () => test.db('audit_log').where('action', 'period.close_requested').pluck('workspace_id');

  it('of two who ask at once, one is noted and the other answered', async () => {
    let asked: Promise<unknown> = Promise.resolve();
    await holding(
      (trx) => lockPeriod(trx, period),
      async () => {
        asked = Promise.all([ask(), ask()]);
        await waiting(2);
      },
    );
    const toCome = { isToCome: true, period: expect.objectContaining({ closeRequestedAtMs: author.nowMs }) };
    expect(await asked).toEqual([toCome, toCome]);
    expect(await audited()).toEqual(['acme']);
    expect(await woken()).toHaveLength(1);
  });

  it('one who waits for the closing itself is told that it is closed, and nothing is noted', async () => {
    let asked: Promise<unknown> = Promise.resolve();
    await holding(
      async (trx) => {
        const closed = { status: 'empty', closed_at: now, closed_because: 'deadline' };
        await trx('billing_periods').where({ workspace_id: 'acme', month }).update(closed);
      },
      async () => {
        asked = ask();
        await waiting(1);
      },
    );
    expect(await asked).toMatchObject({ isToCome: false, period: { closeRequestedAtMs: null } });
    expect(await audited()).toEqual([]);
    expect(await woken()).toEqual([]);
  });
});
