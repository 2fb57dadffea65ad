// Links of ours against a real database: the same again, found by their token alone, one task each.
import { findPaymentLink, makePaymentLink, type WantedLink } from '../../commands/make-payment-link';
import { finishLink, removeOldLinks } from '../../db/payments/links';
import { dayMs } from '../../domain/period';
import { addWorkspace, at } from '../db/fixtures';
import { createTestDatabase, type TestDatabase } from '../harness/database';

const nowMs = at('2025-02-01T10:00:00Z');
const publicUrl = 'https://billing.example.com/minutebook';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  for (const id of ['acme', 'other']) await addWorkspace(test.db, { id, startsAt: '2025-01-01T00:00:00Z', months: [] });
});
afterAll(() => test.drop());

const make = (wanted: Partial<WantedLink> = {}) =>
  test.db.transaction((trx) =>
    makePaymentLink(trx, { workspace: 'acme', task: 'method', nowMs, ...wanted }, { publicUrl }),
  );
const tokenOf = (url: string) => url.split('/').at(-1) ?? '';
const find = (url: string) => findPaymentLink(test.db, tokenOf(url));

it('is the same link all day, and another for another day, workspace or task', async () => {
  const first = await make();
  expect(first).toMatch(/^https:\/\/billing\.example\.com\/minutebook\/method\/[A-Za-z0-9_-]{43}$/);
  expect(await make({ nowMs: nowMs + 3_600_000 })).toBe(first);
  const others = [await make({ nowMs: nowMs + dayMs }), await make({ workspace: 'other' })];
  expect(new Set([first, ...others]).size).toBe(3);
});

it('is found by its token alone, of which nothing but a hash is stored', async () => {
  const url = await make();
  expect(await find(url)).toMatchObject({ task: 'method', workspace: 'acme', isDone: false });
  const [row] = await test.db('payment_links').where({ workspace_id: 'acme' });
  expect(JSON.stringify(row)).not.toContain(tokenOf(url));
  for (const token of ['', 'x'.repeat(43), `${tokenOf(url)}=`, tokenOf(url).toLowerCase()]) {
    expect(await findPaymentLink(test.db, token)).toBeUndefined();
  }
});

it('is good for sixty days, and then told apart from one that never was', async () => {
  const url = await make();
  expect((await find(url))?.expiresMs).toBe(nowMs + 60 * dayMs);
  await removeOldLinks(test.db, { expiredBeforeMs: nowMs + 60 * dayMs });
  expect(await find(url)).toBeDefined();
  await removeOldLinks(test.db, { expiredBeforeMs: nowMs + 60 * dayMs + 1 });
  expect(await find(url)).toBeUndefined();
});

it('is done with its task, until somebody writes about it once more', async () => {
  const url = await make();
  const link = await find(url);
  await test.db.transaction((trx) => finishLink(trx, { hash: link?.hash ?? '', nowMs }));
  expect(await find(url)).toMatchObject({ isDone: true });
  expect(await make()).toBe(url);
  expect(await find(url)).toMatchObject({ isDone: false });
});

it.each([
  { why: 'paying names no invoice', wanted: { task: 'pay' as const } },
  { why: 'adding a method names one', wanted: { invoice: 'inv:acme:2025-01:usage:1' } },
])('is refused where $why', async ({ wanted }) => {
  await expect(make(wanted)).rejects.toMatchObject({ code: 'internal' });
});

it('is refused where nobody knows where the pages are', async () => {
  const made = test.db.transaction((trx) =>
    makePaymentLink(trx, { workspace: 'acme', task: 'method', nowMs }, { publicUrl: null }),
  );
  await expect(made).rejects.toThrow('PUBLIC_URL is not set');
});

it('cannot be made of an invoice that is not there', async () => {
  await expect(make({ task: 'pay', invoice: 'inv:acme:2025-01:usage:1' })).rejects.toThrow('foreign key');
});
