// The audit log over HTTP: who changed what, narrowed and page by page.
import { listAudit } from '../../db/accounts/audit-reading';
import type { Db } from '../../db/connection/knex';
import { type Minutebook, type Problem, startMinutebook, withAcme } from './minutebook';

type Entry = {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly workspace?: string;
  readonly before: unknown;
  readonly after: unknown;
};
type Page = { readonly items: readonly Entry[]; readonly next?: string };

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  await withAcme(book);
  await withAcme(book, 'other');
  for (let n = 0; n < 5; n++) {
    book.setClock(`2025-01-1${n}T12:00:00.250Z`);
    for (const workspace of ['acme', 'other']) await give(workspace, `k${n}`);
  }
});
afterAll(() => book.close());

const give = (workspace: string, key: string) => {
  const body = { key, amount: '1.5', kind: 'goodwill', validFrom: '2025-01-01T00:00:00Z' };
  return book.call('POST', `/v1/workspaces/${workspace}/grants`, { body });
};
const read = async (query = '') => (await book.call<Page>('GET', `/v1/audit${query}`)).body;
const keyOf = ({ after }: Entry) => (after as { readonly key: string }).key;

test('an entry says who did what, when, to whom, before and after', async () => {
  const [entry] = (await read('?action=grant.given&workspace=acme&limit=1')).items;
  expect(entry).toEqual({
    id: expect.any(Number),
    at: '2025-01-14T12:00:00.250Z',
    actor: 'admin:tests',
    action: 'grant.given',
    workspace: 'acme',
    before: null,
    after: expect.objectContaining({ key: 'k4', amount: '1.500000000' }),
  });
});

test('it is narrowed by workspace, action, actor and time, and by several at once', async () => {
  const everything = (await read()).items;
  const narrowed = async (query: string, wanted: (entry: Entry) => boolean) => {
    const { items } = await read(`?${query}`);
    expect(items).toEqual(everything.filter(wanted));
    return items.length;
  };
  expect(await narrowed('workspace=acme', (entry) => entry.workspace === 'acme')).toBeGreaterThan(5);
  expect(await narrowed('action=grant.given', (entry) => entry.action === 'grant.given')).toBe(10);
  expect(await narrowed('action=nothing.done', () => false)).toBe(0);
  await book.call('PUT', '/v1/workspaces/acme', {
    key: book.keys.platform,
    body: { name: 'Renamed', billingEmail: 'billing@acme.example' },
  });
  expect((await read('?actor=platform:tests')).items.map(({ action }) => action)).toEqual(['workspace.changed']);
  const span = 'from=2025-01-11T12:00:00.250Z&to=2025-01-13T12:00:00.250Z';
  const some = await read(`?action=grant.given&workspace=other&actor=admin:tests&${span}`);
  expect(some.items.map(keyOf)).toEqual(['k2', 'k1']);
});

test('pages are stable, also within one instant, whatever is written meanwhile', async () => {
  const seen: Entry[] = [];
  const { items: before } = await read('?action=grant.given&limit=500');
  book.setClock('2025-01-15T12:00:00Z');
  for (let cursor = ''; ; ) {
    const { items, next } = await read(`?action=grant.given&limit=3${cursor}`);
    seen.push(...items);
    if (next === undefined) break;
    cursor = `&cursor=${next}`;
    await give('acme', `meanwhile-${seen.length}`);
  }
  expect(seen).toEqual(before);
});

test.each([
  ['an action that is none', '?action=grant', 'action'],
  ['a workspace that is none', '?workspace=a/b', 'workspace'],
  ['a time that ends before it begins', '?from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z', 'to'],
  ['a cursor of another list', `?cursor=${Buffer.from('7').toString('base64url')}`, 'cursor'],
  ['an unknown parameter', '?who=me', 'who'],
])('%s is refused', async (_, query, field) => {
  const { status, body } = await book.call<Problem>('GET', `/v1/audit${query}`);
  expect([status, body.faults?.map((fault) => fault.field)]).toEqual([400, [field]]);
});

async function rowsRead(trx: Db): Promise<number> {
  const { rows } = await trx.raw(`
    select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows
    from pg_stat_xact_user_tables where relname = 'audit_log'`);
  return Number(rows[0]?.rows ?? 0);
}

test('a page looks at no more than it shows, however long the log and however rare what is asked for', async () => {
  await book.db.raw(`
    insert into audit_log (at, actor, action, workspace_id, after)
    select timestamptz '2020-01-01T00:00Z' + n * interval '1 minute', 'platform:busy', 'workspace.changed', 'w' || n % 1000, '{}'
    from generate_series(1, 100000) as n`);
  await book.db.raw('analyze audit_log');
  const asked = [
    { action: 'nothing.done' },
    { action: 'workspace.created' },
    { actor: 'platform:tests' },
    { workspace: 'w7', action: 'workspace.changed' },
    { toMs: Date.UTC(2020, 1) },
    { fromMs: Date.UTC(2020, 1), toMs: Date.UTC(2020, 2), actor: 'platform:busy' },
    {},
  ];
  for (const one of asked) {
    const { looked, found } = await book.db.transaction(async (trx) => {
      const before = await rowsRead(trx);
      const entries = await listAudit(trx, { ...one, limit: 101 });
      return { looked: (await rowsRead(trx)) - before, found: entries.length };
    });
    // The planner looks at the ends of an index itself.
    expect(looked - found).toBeLessThan(10);
  }
});
