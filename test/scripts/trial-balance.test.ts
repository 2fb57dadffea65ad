// The program as it is run: what it prints and how it ends. Needs `npm run build`.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startBooks, type TestBooks, workspace } from '../db/books/books';
import { addGrant } from '../db/fixtures';

const program = path.resolve(__dirname, '..', '..', 'dist', 'scripts', 'trial-balance.js');

let books: TestBooks;
beforeAll(async () => {
  books = await startBooks();
  await addGrant(books.db, { workspace, key: 'g', nanos: 1_500_000_000_000n, from: '2024-12-01T00:00:00Z' });
});
afterAll(() => books.drop());

async function run(args: readonly string[], env: NodeJS.ProcessEnv = { DATABASE_URL: books.url }) {
  const ended = promisify(execFile)(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...env },
  });
  return ended.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

test('prints the months and ends with 0 where everything adds up', async () => {
  const { code, stdout } = await run([]);
  expect(stdout).toContain('December 2024');
  expect(stdout).toMatch(/^credits_granted +0\.00 +1,500\.00 +0\.00 +1,500\.00$/m);
  expect(stdout.match(/^ok /gm)).toHaveLength(4);
  expect(code).toBe(0);
  expect((await run(['--month', '2024-11'])).stdout).toContain('Nothing was posted so far.');
  expect((await run(['--month', '2025-02'])).stdout).toMatch(/^credits +-1,500.00 +0.00 +0.00 +-1,500.00$/m);
});

test('says where no database is named and none was started', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'minutebook-'));
  try {
    const { code, stderr } = await run([], { MINUTEBOOK_HOME: home });
    expect(stderr).toContain('expected DATABASE_URL to be');
    expect(code).toBe(1);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('ends with 1 where something does not add up, and says what', async () => {
  await books.db.transaction((trx) =>
    trx.raw(`set local session_replication_role = replica; update credit_grants set remaining_nanos = 1`),
  );
  const { code, stdout } = await run(['--json', '--workspace', workspace]);
  const failing = JSON.parse(stdout).checks.filter((check: { holds: boolean }) => !check.holds);
  expect(failing).toMatchObject([{ name: 'balances', faults: [{ account: 'credits', expected: '-1' }] }]);
  expect(code).toBe(1);
});
