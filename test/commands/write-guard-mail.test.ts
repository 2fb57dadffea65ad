// The letters of the guard as they are written: once under their key, with the one link that helps.

import { liftSuspension, suspendWorkspace } from '../../commands/suspend-workspace';
import { writeGuardMail } from '../../commands/write-guard-mail';
import type { Notice, NoticeFacts } from '../../domain/guard/notices';
import { nanos, nanosPerUsd } from '../../domain/money';
import { type PayingBook, startMs, startPayingBook } from '../api/paying-book';
import { aroundRules } from '../harness/around-rules';

let book: PayingBook;
beforeAll(async () => {
  book = await startPayingBook();
});
afterAll(() => book.close());
beforeEach(async () => {
  await aroundRules(book.db, 'delete from suspensions');
});

const usd = (amount: bigint) => nanos(amount * nanosPerUsd);
const facts = (notice: Notice, occasion: number, more: Partial<NoticeFacts> = {}): NoticeFacts => ({
  workspace: 'acme',
  notice,
  grantedNanos: usd(30n),
  remainingNanos: usd(12n),
  burnNanosPerHour: usd(2n),
  zeroAtMs: startMs + 3_600_000,
  hasMethod: false,
  models: Array.from({ length: 1000 }, (_, each) => `model-${each}`),
  occasion,
  ...more,
});
const write = (of: NoticeFacts, isMailing = true) =>
  book.db.transaction((trx) =>
    writeGuardMail(trx, { facts: of, settings: { ...book.charging.settings, isMailing }, nowMs: startMs }),
  );
const written = (key: string) => book.db('emails').where({ key }).first('kind', 'about', 'facts');

test('a crossing is told of once, and again with the next grants', async () => {
  const notice = { kind: 'credits_used', percent: 50 } as const;
  for (const occasion of [1, 1, 2]) await write(facts(notice, occasion));
  const keys = await book.db('emails').where({ kind: 'credits_used' }).orderBy('key').select('key');
  expect(keys.map(({ key }) => key)).toEqual(['credits-50:acme:1', 'credits-50:acme:2']);
  expect(await written('credits-50:acme:1')).toMatchObject({
    about: 'acme',
    facts: { remainingNanos: '12000000000', modelCount: 1000, methodUrl: expect.stringContaining('/method/') },
  });
  expect((await written('credits-50:acme:1')).facts.models).toHaveLength(5);
});

test('nothing is written without a mail server', async () => {
  await write(facts({ kind: 'credits_short' }, 1), false);
  expect(await written('credits-short:acme:1')).toBeUndefined();
});

test('what is past due is told with the link that pays the oldest invoice, once for each scope', async () => {
  await book.issue();
  await aroundRules(book.db, `update invoices set status = 'past_due' where workspace_id = 'acme'`);
  for (const scope of ['deploys', 'models', 'models'] as const) {
    await write(facts({ kind: 'suspended', reason: 'past_due', scope }, 7));
  }
  for (const scope of ['deploys', 'models']) {
    const { facts: said } = await written(`suspended-${scope}:acme:7`);
    expect(said).toMatchObject({ scope, owedCents: '600', payUrl: expect.stringContaining('/pay/') });
    expect(said).not.toHaveProperty('methodUrl');
  }
});

test("an operator's own words are the letter's, and lifting is told of without a link", async () => {
  const author = { actor: 'admin:tests', nowMs: startMs };
  const wanted = { workspace: 'acme', message: 'Please call us.', scope: 'deploys', author } as const;
  const { suspension } = await book.db.transaction((trx) => suspendWorkspace(trx, wanted));
  await write(facts({ kind: 'suspended', reason: 'operator', scope: 'deploys' }, suspension.number));
  expect((await written(`suspended-deploys:acme:${suspension.number}`)).facts.message).toBe('Please call us.');
  await book.db.transaction((trx) => liftSuspension(trx, { workspace: 'acme', author }));
  await write(facts({ kind: 'restored', because: 'operator' }, suspension.number));
  const restored = await written(`restored:acme:${suspension.number}`);
  expect(restored.facts).toMatchObject({ because: 'operator' });
  expect(JSON.stringify(restored.facts)).not.toContain('https:');
});

test('a refused deployment is told of the first time of a day', async () => {
  const { settings } = book.connections;
  const suspension = { workspace_id: 'acme', number: 9, reason: 'credits', scope: 'models', began_at: '2025-02-01' };
  await book.db('suspensions').insert(suspension);
  Object.assign(settings, { isMailing: true });
  const report = (version: string) =>
    book.call('POST', '/v1/workspaces/acme/refused-deploys', { body: { model: 'm', version } });
  await Promise.all(Array.from({ length: 10 }, (_, each) => report(`v${each}`)));
  const letters = await book.db('emails').where({ kind: 'deploy_refused' }).select('key', 'facts');
  expect(letters).toMatchObject([{ key: 'deploy-refused:acme:2025-02-01', facts: { deploy: { model: 'm' } } }]);
  Object.assign(settings, { isMailing: false });
});
