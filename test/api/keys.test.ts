// Keys over their life: made, used, rotated, expired, revoked; and the last admin's, which is kept.
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { gatherKeyUses } from '../../api/key-uses';
import { hashOfKey } from '../../db/accounts/api-keys';
import { pdfRenderer } from '../../gateways/pdf/render';
import { inject, type Minutebook, type Problem, startMinutebook, withAcme } from './minutebook';

type Key = {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
  readonly [field: string]: unknown;
};
type Page = { readonly items: readonly Key[]; readonly next?: string };

const start = '2025-01-10T12:00:00Z';
let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: start });
});
afterAll(() => book.close());

// A name of its own for each test.
let name: string;
let tests = 0;
beforeEach(() => {
  book.setClock(start);
  name = `test ${++tests}`;
});

const make = (body: object) => book.call<Key & Problem>('POST', '/v1/keys', { body });
const rotate = (id: string, body?: object) =>
  book.call<Key & Problem & { replaces: Key }>('POST', `/v1/keys/${id}/rotate`, body === undefined ? {} : { body });
const revoke = (id: string, key = book.keys.admin) => book.call<Key & Problem>('DELETE', `/v1/keys/${id}`, { key });
const opens = async (key: string) => (await book.call('GET', '/v1/prices', { key })).status === 200;
const listed = async () => (await book.call<Page>('GET', '/v1/keys')).body.items;
const idOf = async (key: string) => {
  const [row] = await book.db('api_keys').where({ key_hash: Buffer.from(hashOfKey(key), 'hex') });
  return row.id as string;
};
const audited = async () => {
  const rows: { action: string; after: { name: string } }[] = await book.db('audit_log').orderBy('id');
  return rows.filter(({ after }) => after.name === name).map(({ action }) => action);
};

test('a key is made, shown once, and listed without itself', async () => {
  const { status, body, headers } = await make({ role: 'platform', name });
  expect([status, headers['cache-control']]).toEqual([201, 'no-store']);
  expect(body).toMatchObject({ role: 'platform', name, madeBy: 'admin:tests', madeAt: start });
  expect(body.key).toMatch(/^mb_platform_[\w-]{43}$/);
  expect(body.key.startsWith(body.prefix)).toBe(true);
  expect(await opens(body.key)).toBe(true);
  const { key, ...shown } = body;
  const [first] = await listed();
  expect(first).toEqual(shown);
  expect(JSON.stringify(await listed())).not.toContain(key);
  const rows = await book.db('audit_log').where({ action: 'key.created' }).select('actor', 'before', 'after');
  expect(rows).toMatchObject([{ actor: 'admin:tests', after: { id: body.id, role: 'platform', name } }]);
  expect(JSON.stringify(rows)).not.toContain(key.slice(body.prefix.length));
});

test("a workspace's key is for a workspace that is there", async () => {
  await withAcme(book);
  const { body } = await make({ role: 'workspace', name: 'page', workspace: 'acme' });
  expect(body['workspace']).toBe('acme');
  expect((await book.call('GET', '/v1/workspaces/acme', { key: body.key })).status).toBe(200);
  expect((await make({ role: 'workspace', name: 'page', workspace: 'nobody' })).status).toBe(404);
  const rows = await book.db('audit_log').where({ action: 'key.created', workspace_id: 'acme' });
  expect(rows).toHaveLength(1);
});

test.each<[string, unknown, readonly string[]]>([
  ['no role and no name', {}, ['role', 'name']],
  ['a role that is none', { role: 'root', name: 'n' }, ['role']],
  ["a workspace's without it", { role: 'workspace', name: 'n' }, ['workspace']],
  ["an admin's with one", { role: 'admin', name: 'n', workspace: 'acme' }, ['workspace']],
  ['one that has expired', { role: 'admin', name: 'n', expiresAt: start }, ['expiresAt']],
  ['a name of two lines', { role: 'admin', name: 'a\nb' }, ['name']],
  ['an unknown field', { role: 'admin', name: 'n', key: 'mine' }, ['key']],
  ['a list', [], ['body', 'role', 'name']],
])('%s is refused', async (_, body, fields) => {
  const { status, body: problem } = await book.call<Problem>('POST', '/v1/keys', { body });
  expect([status, problem.faults?.map(({ field }) => field)]).toEqual([400, fields]);
  expect(await audited()).toEqual([]);
});

test('a name is taken until its key is over', async () => {
  const first = await make({ role: 'read', name, expiresAt: '2025-01-11T00:00:00Z' });
  const again = await make({ role: 'read', name });
  expect([again.status, again.body.code]).toEqual([409, 'conflict']);
  expect(again.body.detail).toContain(`/v1/keys/${first.body.id}/rotate`);
  expect((await make({ role: 'platform', name })).status).toBe(201);
  book.setClock('2025-01-11T00:00:00Z');
  expect((await make({ role: 'read', name })).status).toBe(201);
});

test('of many that make a key of one name at once, one does', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => make({ role: 'read', name })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
});

test('keys are listed page by page, the newest first, whatever is made meanwhile', async () => {
  for (const name of ['a', 'b', 'c']) await make({ role: 'read', name });
  const [names, ids]: [unknown[], string[]] = [[], []];
  for (let query = '?limit=2'; query !== ''; ) {
    const { body } = await book.call<Page>('GET', `/v1/keys${query}`);
    names.push(...body.items.map((each) => each['name']));
    ids.push(...body.items.map(({ id }) => id));
    query = body.next === undefined ? '' : `?limit=2&cursor=${body.next}`;
    await make({ role: 'read', name: `later ${names.length}` });
  }
  expect(names.slice(0, 3)).toEqual(['c', 'b', 'a']);
  expect(names.slice(-2)).toEqual(['tests', 'tests']);
  expect(new Set(ids).size).toBe(names.length);
});

test('a key expires by the clock, also where it was used a moment before', async () => {
  const { body } = await make({ role: 'platform', name, expiresAt: '2025-01-10T12:00:10Z' });
  expect(await opens(body.key)).toBe(true);
  book.setClock('2025-01-10T12:00:09Z');
  expect(await opens(body.key)).toBe(true);
  book.setClock('2025-01-10T12:00:10Z');
  expect(await opens(body.key)).toBe(false);
});

test('rotated, both keys open for a day, and then the new one alone', async () => {
  const old = (await make({ role: 'platform', name })).body;
  const { status, body } = await rotate(old.id);
  expect([status, body['name'], body.replaces.id]).toEqual([201, name, old.id]);
  expect(body.replaces).toMatchObject({ expiresAt: '2025-01-11T12:00:00Z', replacedBy: body.id });
  book.setClock('2025-01-11T11:59:59Z');
  expect([await opens(old.key), await opens(body.key)]).toEqual([true, true]);
  book.setClock('2025-01-11T12:00:00Z');
  expect([await opens(old.key), await opens(body.key)]).toEqual([false, true]);
  expect(await audited()).toEqual(['key.created', 'key.created', 'key.rotated']);
});

test.each<[unknown, string]>([
  ['0s', '2025-01-10T12:00:00Z'],
  [90, '2025-01-10T12:01:30Z'],
  ['7d', '2025-01-17T12:00:00Z'],
])('rotated with validFor %p, the old key goes on until %s', async (validFor, until) => {
  const old = (await make({ role: 'platform', name })).body;
  expect(await opens(old.key)).toBe(true);
  expect((await rotate(old.id, { validFor })).body.replaces['expiresAt']).toBe(until);
  expect(await opens(old.key)).toBe(until !== start);
});

test.each(['8d', '604801s', '1w', '-1', '', 1.5, true, '168h1m', null])(
  'rotating with validFor %p is refused, or as if it were left out',
  async (validFor) => {
    const old = (await make({ role: 'platform', name })).body;
    expect((await rotate(old.id, { validFor })).status).toBe(validFor === null ? 201 : 400);
  },
);

test('a key with an end is followed by one that lives as long, and goes on no longer than it would have', async () => {
  const old = (await make({ role: 'platform', name, expiresAt: '2025-01-20T12:00:00Z' })).body;
  book.setClock('2025-01-20T00:00:00Z');
  const { body } = await rotate(old.id);
  expect([body['expiresAt'], body.replaces['expiresAt']]).toEqual(['2025-01-30T00:00:00Z', '2025-01-20T12:00:00Z']);
  const last = await rotate(body.id, { expiresAt: '2025-02-01T00:00:00Z' });
  expect(last.body['expiresAt']).toBe('2025-02-01T00:00:00Z');
});

test('a key is rotated once, and not when it is over', async () => {
  const old = (await make({ role: 'platform', name })).body;
  const { body: next } = await rotate(old.id);
  const again = await rotate(old.id);
  expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining(next.id)]);
  await revoke(next.id);
  expect((await rotate(next.id)).body.detail).toContain('is revoked');
  expect((await rotate('key_0000000000000000')).status).toBe(404);
  expect((await rotate('nothing')).status).toBe(400);
});

test('revoked, a key opens nothing at once; again it changes nothing', async () => {
  const { body } = await make({ role: 'platform', name });
  expect(await opens(body.key)).toBe(true);
  const first = await revoke(body.id);
  expect([first.status, first.body['revokedAt']]).toEqual([200, start]);
  expect(await opens(body.key)).toBe(false);
  book.setClock('2025-01-10T13:00:00Z');
  expect((await revoke(body.id)).body['revokedAt']).toBe(start);
  expect((await audited()).filter((action) => action === 'key.revoked')).toHaveLength(1);
  expect((await revoke('key_0000000000000000')).status).toBe(404);
});

test('nothing sent as JSON is no body', async () => {
  const { body } = await make({ role: 'platform', name });
  const headers = { 'content-type': 'application/json' };
  const rotated = await book.call<Key>('POST', `/v1/keys/${body.id}/rotate`, { headers });
  const revoked = await book.call('DELETE', `/v1/keys/${rotated.body.id}`, { headers });
  const refused = await book.call<Problem>('POST', '/v1/keys', { headers });
  expect([rotated.status, revoked.status, refused.status]).toEqual([201, 200, 400]);
  expect(refused.body.faults?.[0]).toMatchObject({ field: 'body', message: 'expected an object, came nothing' });
});

describe('the last use', () => {
  const lastUse = async (name: string) => (await listed()).find((key) => key['name'] === name)?.['lastUsedAt'];

  test('is written when the process ends, whatever it was asked', async () => {
    const { body } = await make({ role: 'platform', name });
    const api = {
      ...book.connections,
      bodyLimitBytes: 1_000_000,
      pdf: pdfRenderer({}),
      log: pino({ level: 'silent' }),
    };
    const app = await buildApp(api);
    await inject(app, { method: 'GET', url: '/v1/prices', key: body.key });
    expect(await lastUse(name)).toBeUndefined();
    await app.close();
    expect(await lastUse(name)).toBe(start);
  });

  test('is one write a minute, however often and by however many processes', async () => {
    const { body } = await make({ role: 'platform', name });
    const writes = async () => {
      const { rows } = await book.db.raw('select xmin::text from api_keys where id = ?', [body.id]);
      return rows[0].xmin as string;
    };
    const processes = [gatherKeyUses(book.db), gatherKeyUses(book.db), gatherKeyUses(book.db)];
    const useAt = async (seconds: number) => {
      for (const uses of processes) {
        for (let n = 0; n < 1000; n++) uses.note(body.id, Date.parse(start) + seconds * 1000);
      }
      await Promise.all(processes.map((uses) => uses.write()));
    };
    await useAt(0);
    const first = await writes();
    await useAt(30);
    await useAt(59);
    expect(await writes()).toBe(first);
    await useAt(60);
    expect(await writes()).not.toBe(first);
    expect(await lastUse(name)).toBe('2025-01-10T12:01:00Z');
  });

  test('waits where Postgres is away, and holds nobody up where the row is taken', async () => {
    const { body } = await make({ role: 'platform', name });
    const uses = gatherKeyUses(book.db);
    uses.note(body.id, Date.parse(start));
    await book.db.raw('alter table api_keys rename column last_used_at to gone');
    await expect(uses.write()).rejects.toThrow('last_used_at');
    await book.db.raw('alter table api_keys rename column gone to last_used_at');
    await book.db.transaction(async (trx) => {
      await trx.raw('select from api_keys where id = ? for update', [body.id]);
      await uses.write();
    });
    expect(await lastUse(name)).toBeUndefined();
    uses.note(body.id, Date.parse(start));
    await uses.write();
    expect(await lastUse(name)).toBe(start);
  });
});

describe('of admins', () => {
  // These give up the key that the others use.
  afterEach(async () => {
    await book
      .db('api_keys')
      .where({ role: 'admin' })
      .update({ revoked_at: null, expires_at: null, replaced_by: null });
    const own = await idOf(book.keys.admin);
    await book.db('api_keys').where({ role: 'admin' }).whereNot({ id: own }).update({ revoked_at: start });
  });

  test('the last admin key is kept, and the answer says what to do', async () => {
    const own = await idOf(book.keys.admin);
    const refused = await revoke(own);
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('npm run key')]);
    // One that will be over soon is no other.
    const { body: next } = await rotate(own);
    expect((await revoke(next.id)).status).toBe(409);
    expect((await revoke(own)).status).toBe(200);
    expect((await revoke(next.id, next.key)).status).toBe(409);
    expect(await opens(next.key)).toBe(true);
  });

  test('of two admins who revoke each other at once, one stays', async () => {
    const [one, other] = [book.keys.admin, (await make({ role: 'admin', name: 'other' })).body];
    const answers = await Promise.all([revoke(other.id, one), revoke(await idOf(one), other.key)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, expect.any(Number)]);
    expect([await opens(one), await opens(other.key)].filter(Boolean)).toHaveLength(1);
  });
});
