// What is owed as credit at any moment: giving, drawing, ending and expiring, each with books that add up.
import { endGrant } from '../../../commands/end-grant';
import { postExpiry } from '../../../db/billing/expiry';
import { grantKinds } from '../../../domain/credits';
import { addGrant, at } from '../fixtures';
import { booksOf, minuteNanos, startBooks, type TestBooks, workspace } from './books';

let books: TestBooks;
beforeEach(async () => {
  books = await startBooks();
});
afterEach(() => books.drop());

const give = (of: Partial<Parameters<typeof addGrant>[1]> = {}) =>
  addGrant(books.db, { workspace, key: 'g', nanos: 100n * minuteNanos, from: '2024-12-01T00:00:00Z', ...of });
const end = (from: string, now: string) =>
  books.db.transaction((trx) =>
    endGrant(trx, { workspace, key: 'g', fromMs: at(from), author: { actor: 'test', nowMs: at(now) } }),
  );
const postings = () => books.db('ledger_entries').distinct('posting').orderBy('posting').pluck('posting');

/** Minutes' worth that is owed as credit, given for nothing and expired; the books add up. */
async function standing() {
  const { balances, failing } = await booksOf(books.db);
  expect(failing).toEqual([]);
  const minutes = (account: string) => (balances[account] ?? 0n) / minuteNanos;
  return { owed: -minutes('credits'), given: minutes('credits_granted'), expired: -minutes('credits_expired') };
}

test('a grant is owed from when it is given; one that was purchased is money that came', async () => {
  for (const kind of grantKinds) await give({ key: kind, kind });
  await give({ now: '2025-01-05T00:00:00Z' });
  expect(await standing()).toEqual({ owed: 600n, given: 500n, expired: 0n });
  expect((await booksOf(books.db)).balances).toMatchObject({ cash: 100n * minuteNanos });
});

test('a grant whose key is taken is not posted again', async () => {
  await give();
  await give({ nanos: 7n });
  expect(await postings()).toEqual(['grant:g']);
});

test('what an invoice draws is not owed any more', async () => {
  await give();
  await books.use('2024-12-10T00:00:00Z', 30);
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 70n, given: 100n, expired: 0n });
});

test('what is left of a grant expires when the period that holds its last hour closes, and once', async () => {
  await give({ until: '2024-12-20T10:30:00Z' });
  await books.use('2024-12-10T00:00:00Z', 30);
  expect(await standing()).toEqual({ owed: 100n, given: 100n, expired: 0n });
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 70n });
  await books.close('2025-01', '2025-02-01T00:10:00Z');
  expect(await postings()).toEqual(['grant-expired:g:2024-12', 'grant:g', 'invoice:inv:acme:2024-12:usage:1']);
});

test('a period that closes without an invoice expires its grants, too', async () => {
  await give({ until: '2025-01-01T00:00:00Z' });
  await give({ key: 'later', until: '2025-01-01T00:30:00Z' });
  expect(await books.close('2024-12', '2025-01-01T00:10:00Z')).toMatchObject({ kind: 'empty' });
  expect(await standing()).toEqual({ owed: 100n, given: 200n, expired: 100n });
  await books.close('2025-01', '2025-02-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 200n, expired: 200n });
});

test('what was over before the first month began expires when that closes, used or not', async () => {
  await give();
  await end('2024-12-01T00:00:00Z', '2024-12-01T00:00:00Z');
  await give({ key: 'before', from: '2024-11-01T00:00:00Z', until: '2024-11-20T00:00:00Z' });
  expect(await standing()).toEqual({ owed: 200n, given: 200n, expired: 0n });
  await books.use('2024-12-10T00:00:00Z', 30);
  expect(await books.close('2024-12', '2025-01-01T00:10:00Z')).toMatchObject({ kind: 'invoiced' });
  expect(await standing()).toEqual({ owed: 0n, given: 200n, expired: 200n });
});

test('a grant that never began keeps no month without usage from being closed', async () => {
  await give();
  await end('2024-12-01T00:00:00Z', '2024-12-01T00:00:00Z');
  expect(await books.close('2024-12', '2025-01-01T00:10:00Z')).toMatchObject({ kind: 'empty' });
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 100n });
});

test('late usage of its hours draws an expired grant, and that takes back what was posted', async () => {
  await give({ until: '2024-12-20T10:30:00Z' });
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 100n });
  await books.use('2024-12-10T00:00:00Z', 30);
  await books.close('2025-01', '2025-02-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 70n });
  await books.use('2024-12-11T00:00:00Z', 90);
  await books.close('2025-02', '2025-03-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 0n });
});

test('a grant for hours that are closed is owed to nobody until late usage draws it', async () => {
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  await give({ until: '2024-12-20T00:00:00Z', now: '2025-01-05T00:00:00Z' });
  expect(await postings()).toEqual(['grant-expired:g:given', 'grant:g']);
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 100n });
  await books.use('2024-12-10T00:00:00Z', 30);
  await books.close('2025-01', '2025-02-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 70n });
});

test('a grant that is ended expires when the period that it ends in closes', async () => {
  await give();
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  await end('2025-01-10T00:00:00Z', '2025-01-05T00:00:00Z');
  await end('2025-01-06T00:00:00Z', '2025-01-05T00:00:00Z');
  expect(await standing()).toEqual({ owed: 100n, given: 100n, expired: 0n });
  await books.close('2025-01', '2025-02-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 100n });
});

test('a grant that is ended in hours that are closed expires at once, and ending it again changes nothing', async () => {
  await give();
  await books.use('2024-12-10T00:00:00Z', 30);
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  await end('2024-12-20T00:00:00Z', '2025-01-05T00:00:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 70n });
  await end('2024-12-15T00:00:00Z', '2025-01-05T00:00:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 70n });
});

test('a grant does not expire before it is over where a period is closed early', async () => {
  await give({ until: '2025-01-20T00:00:00Z' });
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  await books.db('billing_periods').where('month', '2025-01').update({ close_requested_at: '2025-01-10T00:00:00Z' });
  expect(await books.close('2025-01', '2025-01-10T00:10:00Z')).toMatchObject({ because: 'requested' });
  expect(await standing()).toEqual({ owed: 100n, given: 100n, expired: 0n });
  await books.close('2025-02', '2025-03-01T00:10:00Z');
  expect(await standing()).toEqual({ owed: 0n, given: 100n, expired: 100n });
});

test('what returns to an expired grant stays expired, once it is posted; without that nothing returns', async () => {
  await give({ until: '2024-12-20T00:00:00Z' });
  await books.use('2024-12-10T00:00:00Z', 30);
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  // As a note that returns draws does it: what is left of a grant moves by a trigger alone.
  await books.db.raw(`
    create table returns (nanos int8);
    create function give_back() returns trigger language plpgsql as $$ begin
      update credit_grants set remaining_nanos = remaining_nanos + new.nanos; return null;
    end $$;
    create trigger returns_give_back after insert on returns for each row execute function give_back()`);
  const giveBack = 'insert into returns values (300000000)';
  await expect(books.db.transaction((trx) => trx.raw(giveBack))).rejects.toThrow(
    'the books are wrong about grant g of workspace acme: expired is 1000000000 of it, and posted is 700000000',
  );
  const nowMs = at('2025-01-05T00:00:00Z');
  const giveBackAndPost = books.db.transaction(async (trx) => {
    await trx.raw(giveBack);
    await postExpiry(trx, { workspace, keys: ['g'], cause: 'note-1', nowMs });
    // Nothing is left to be done.
    await postExpiry(trx, { workspace, keys: ['g'], cause: 'note-2', nowMs });
  });
  await giveBackAndPost;
  const entries = books.db('ledger_entries').where('posting', 'grant-expired:g:note-1').orderBy('account');
  expect(await entries.select('account', 'amount_nanos')).toEqual([
    { account: 'credits', amount_nanos: 300_000_000n },
    { account: 'credits_expired', amount_nanos: -300_000_000n },
  ]);
});
