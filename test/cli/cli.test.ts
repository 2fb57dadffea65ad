// The CLI against the real API, over a socket.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../cli/run';
import { createApiKey } from '../../commands/create-key';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../api/minutebook';
import { until } from '../harness/until';

let book: Minutebook;
let url: string;
let home: string;

beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z' });
  await withAcme(book);
  await sendUsage(book, [report('2025-01-05T10:00:00Z', '2025-01-07T10:00:00Z')], '2025-02-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  await book.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(book.app.server.address() as AddressInfo).port}`;
});
afterAll(() => book.close());
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'minutebook-cli-'));
});
afterEach(() => rm(home, { recursive: true }));

type Ran = { readonly code: number; readonly out: string; readonly err: string };

async function cli(
  args: readonly string[],
  {
    env = { MINUTEBOOK_URL: url, MINUTEBOOK_KEY: book.keys.admin },
    typed = '',
    signal = new AbortController().signal,
    onOut = () => undefined,
  }: {
    readonly env?: Record<string, string>;
    readonly typed?: string;
    readonly signal?: AbortSignal;
    readonly onOut?: (text: string) => void;
  } = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    env,
    home,
    out: (text) => {
      out += text;
      onOut(text);
    },
    err: (text) => {
      err += text;
    },
    ask: async () => typed,
    signal,
  });
  return { code, out, err };
}

test('a login is kept for its owner alone, and the commands after it use it', async () => {
  const login = await cli(['login', `${url}/`], { env: {}, typed: book.keys.admin });
  const file = path.join(home, '.config', 'minutebook', 'login.json');
  expect(login).toEqual({ code: 0, out: `Kept in ${file}.\n`, err: '' });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await cli(['workspaces'], { env: {} })).out).toMatch(/^acme /m);
  await cli(['logout'], { env: {} });
  const after = await cli(['workspaces'], { env: {} });
  expect([after.code, after.err]).toEqual([2, expect.stringContaining('run "minutebook login URL"')]);
});

test('a key that opens nothing is not kept, and one of a workspace is', async () => {
  const wrong = await cli(['login', url, '--key', 'mb_admin_wrong'], { env: {} });
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('401')]);
  expect((await cli(['workspaces'], { env: {} })).code).toBe(2);
  const own = await createApiKey(book.db, { role: 'workspace', name: 'cli', workspace: 'acme' });
  expect((await cli(['login', url, '--key', own], { env: {} })).code).toBe(0);
  expect((await cli(['grants', 'acme'], { env: {} })).out).toMatch(/^free /m);
});

test('tables have their figures to the right, and --json is what the API answers', async () => {
  const { out } = await cli(['usage', 'acme', '--period', '2025-01']);
  expect(out).toMatch(/^model {2}version {2}instance type {2}minutes {2}USD a minute +list USD$/m);
  expect(out).toMatch(/^m +v1 +gpu +2880 +0\.01 +28\.800000000$/m);
  expect(out).toMatch(/^total +0\.00$/m);
  const { out: json } = await cli(['usage', 'acme', '--period', '2025-01', '--json']);
  expect(JSON.parse(json)).toEqual((await book.call('GET', '/v1/workspaces/acme/usage?period=2025-01')).body);
});

test('lists as JSON are an item a line', async () => {
  const { out } = await cli(['workspaces', '--json']);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual(['acme']);
});

test('invoices are listed, shown, and kept as files', async () => {
  const { out } = await cli(['invoices', 'acme']);
  const [, id = ''] = /^(inv:\S+)/m.exec(out) ?? [];
  const [pdf, csv] = [path.join(home, 'a.pdf'), path.join(home, 'a.csv')];
  const shown = await cli(['invoice', id, '--pdf', pdf, '--csv', csv]);
  expect(shown.out).toMatch(/^total +0\.00$/m);
  expect((await readFile(pdf)).subarray(0, 5).toString()).toBe('%PDF-');
  expect(await readFile(csv, 'utf8')).toContain('Credits: free');
});

test('prices come from a CSV, and a faulty row is named', async () => {
  const file = path.join(home, 'prices.csv');
  await writeFile(
    file,
    'instance_type,usd_per_minute,effective_from,workspace\nL4,0.01,2025-03-01T00:00:00Z,\nL4,0.008,2025-03-01T00:00:00Z,acme\n',
  );
  expect((await cli(['prices', 'put', file])).out).toMatch(/^L4 +0\.008 .*acme$/m);
  expect((await cli(['prices', '--workspace', 'acme', '--json'])).out).toContain('"usdPerMinute":"0.008"');
  await writeFile(file, 'instance_type,usd_per_minute,effective_from\nL4,cheap,2025-03-01T00:00:00Z\n');
  const refused = await cli(['prices', 'put', file]);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('[0].usdPerMinute')]);
  await writeFile(file, 'type,price\nL4,1\n');
  expect(await cli(['prices', 'put', file])).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no instance_type'),
  });
});

test('workspaces and credits are given', async () => {
  const made = await cli(['workspace', 'put', 'new', '--name', 'New', '--email', 'billing@new.example']);
  expect(made.code).toBe(0);
  const given = await cli([
    'grants',
    'give',
    'new',
    '--grant',
    'hello',
    '--amount',
    '12.50',
    '--json',
    '--from',
    '2025-02-01T00:00:00Z',
  ]);
  expect(JSON.parse(given.out)).toMatchObject({ key: 'hello', amount: '12.500000000' });
  expect((await cli(['workspace', 'new'])).out).toMatch(/^may deploy +yes$/m);
});

test('events are listed, and shown while they happen', async () => {
  await book.db.raw(`
    insert into webhook_endpoints (id, url, made_by, made_at)
    values ('whe_0123456789abcdef', 'https://platform.example/hooks', 'admin:tests', '2025-02-10T12:00:00Z')`);
  const stopping = new AbortController();
  let shown = '';
  const following = cli(['events', '--follow', '--workspace', 'acme'], {
    signal: stopping.signal,
    onOut: (text) => {
      shown += text;
    },
  });
  const suspension = { reason: 'Please call us.', scope: 'deploys' };
  // Nothing is shown of what was there before it looked for the first time.
  await until('what is done is shown', async () => {
    await book.call('POST', '/v1/workspaces/acme/suspension', { body: suspension });
    await book.call('DELETE', '/v1/workspaces/acme/suspension', {});
    return shown.includes('workspace.suspended  acme');
  });
  stopping.abort();
  await following;
  expect((await cli(['events', '--type', 'workspace.restored'])).out).toMatch(/workspace\.restored +acme +evt_/);
});

test('what is changed is shown while it happens', async () => {
  const stopping = new AbortController();
  let shown = '';
  const tailing = cli(['tail', '--since', '2025-02-10T00:00:00Z', '--workspace', 'acme', '--json'], {
    signal: stopping.signal,
    onOut: (text) => {
      shown += text;
    },
  });
  await until('what was is shown', async () => shown.includes('workspace.created'));
  book.setClock('2025-02-10T12:00:01Z');
  await book.call('POST', '/v1/workspaces/acme/grants', {
    body: { key: 'seen', kind: 'goodwill', amount: '1', validFrom: '2025-02-10T00:00:00Z' },
  });
  await until('what is done is shown', async () => shown.includes('grant.given'));
  stopping.abort();
  await tailing;
  const actions = shown
    .trim()
    .split('\n')
    .map((line) => JSON.stringify(JSON.parse(line)));
  expect(new Set(actions).size).toBe(actions.length);
});

test.each([
  [['frobnicate'], 2, 'there is no command frobnicate'],
  [['usage'], 2, 'expected WORKSPACE'],
  [['usage', 'a', 'b'], 2, 'expected nothing after WORKSPACE, came b'],
  [['usage', 'acme', '--period'], 2, 'period'],
  [['usage', 'acme', '--perod', 'x'], 2, 'perod'],
  [['grants', 'give', 'acme'], 2, 'expected --grant and --amount'],
  [['usage', 'acme', '--period', 'May'], 1, 'a month as YYYY-MM'],
  [['workspace', 'nobody'], 1, 'nobody'],
])('%j ends with %i and says why', async (args, code, why) => {
  const ran = await cli(args);
  expect([ran.code, ran.out]).toEqual([code, '']);
  expect(ran.err).toContain(why);
});

test.each([[[]], [['--help']], [['usage', '--help']], [['invoice', '--help']]])('%j shows the help', async (args) => {
  const ran = await cli(args);
  expect([ran.code, ran.err]).toEqual([0, '']);
  expect(ran.out).toContain('--json');
});

test('control characters of others reach no terminal', async () => {
  await book.db('workspaces').where({ id: 'acme' }).update({ name: 'A\u001b[2Jcme' });
  expect((await cli(['workspaces'])).out).not.toContain('\u001b');
});
