// The program as it is run: what it prints and how it ends. Needs `npm run build`.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { startBooks, type TestBooks, workspace } from '../db/books/books';
import { addEpisode } from '../harness/episodes';

const program = path.resolve(__dirname, '..', '..', 'dist', 'scripts', 'guard-episodes.js');

let books: TestBooks;
beforeAll(async () => {
  books = await startBooks();
  await books.use('2024-12-10T00:00:00Z', 60);
  await addEpisode(books.db, workspace, { from: '2024-12-10T00:50:00Z', until: '2024-12-10T02:00:00Z' });
  await books.close('2024-12', '2025-01-01T00:10:00Z');
});
afterAll(() => books.drop());

async function run(args: readonly string[]) {
  const env = { PATH: process.env['PATH'], DATABASE_URL: books.url };
  return promisify(execFile)(process.execPath, [program, ...args], { env }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

test('prints the episodes of a span, and how they spread', async () => {
  const { code, stdout } = await run(['--from', '2024-12-01T00:00:00Z', '--to', '2025-01-01T00:00:00Z']);
  expect(stdout).toMatch(/^acme +1 +2024-12-10T00:50:00Z +0\.0 s +- +- +2024-12-10T02:00:00Z +10 +0\.10 +0\.10$/m);
  expect(stdout).toMatch(/^dollars at list prices +0\.10 +0\.10 +0\.10$/m);
  expect(code).toBe(0);
});

test('says what was wrong with what it was asked for', async () => {
  const { code, stderr } = await run(['--limit', '0']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('--limit: expected a whole number from 1 to 1000')]);
});
