// `npm run key` as it is run. Needs `npm run build`.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { findKey, hashOfKey } from '../../db/accounts/api-keys';
import { createTestDatabase, type TestDatabase } from '../harness/database';

const program = path.resolve(__dirname, '..', '..', 'dist', 'scripts', 'key.js');

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function run(...args: readonly string[]) {
  const env = { PATH: process.env['PATH'], DATABASE_URL: database.url };
  return promisify(execFile)(process.execPath, [program, ...args], { env }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

test('prints a key once, under a name as often as wanted, and notes that it was made', async () => {
  for (let n = 0; n < 2; n++) {
    const { code, stdout } = await run('admin', 'billing team');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^mb_admin_[\w-]{43}\n$/)]);
    const found = await findKey(database.db, hashOfKey(stdout.trim()), Date.now());
    expect(found).toMatchObject({ role: 'admin', name: 'billing team', workspace: null, expiresAtMs: null });
  }
  const noted = await database.db('audit_log').select('actor', 'action');
  expect(noted).toEqual(Array(2).fill({ actor: 'operator:database', action: 'key.created' }));
});

test.each([[[]], [['root', 'n']], [['read']], [['workspace', 'n']], [['admin', 'n', 'acme']]])(
  'run with %j it says how it is used',
  async (args) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining('platform, admin, workspace or read')]);
  },
);
