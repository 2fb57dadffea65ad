// Each rule of payments that the database holds by itself, with an attempt to break it from below the code.
import { type Collecting, startCollecting } from '../commands/collecting';

let c: Collecting;
let paid: string;
let unpaid: string;

beforeAll(async () => {
  c = await startCollecting({ isMailing: false });
  const workspace = await c.addWorkspace('acme');
  await c.addMethod(workspace, 'pm_card_visa');
  paid = await c.issue(workspace, 1_000n);
  await c.collect(paid);
  unpaid = await c.issue(workspace, 2_000n, '2024-02');
  await c.db.raw(attempt(1, 'processing'));
});
afterAll(() => c?.stop());

const attempt = (number: number, state: string, more = 'null') => `
  insert into payment_attempts (workspace_id, invoice_id, number, kind, amount_cents, method, body, state, made_at, settled_at)
  values ('acme', '${unpaid}', ${number}, 'charge', 2000, 'pm', '{}', '${state}', now(), ${more})`;
const payment = (id: string, amount: number, granted = 0) => `
  insert into payments (workspace_id, payment, invoice_id, source, amount_cents, method_type, received_at, granted_cents)
  values ('acme', '${id}', '${unpaid}', 'stripe', ${amount}, 'card', now(), ${granted});`;
const allocation = (id: string, cents: number, workspace = 'acme') => `
  insert into payment_allocations (workspace_id, payment, invoice_id, amount_cents, allocated_at)
  values ('${workspace}', '${id}', '${unpaid}', ${cents}, now());`;

it.each<[string, () => string, RegExp]>([
  ['two attempts are in flight at once', () => attempt(2, 'sending'), /payment_attempts_one_door/],
  ['an attempt in flight is settled', () => attempt(2, 'sending', 'now()'), /settled_once/],
  ['a settled one is not', () => attempt(2, 'declined'), /settled_once/],
  [
    'what was sent is changed',
    () => `update payment_attempts set body = '{"amountCents": "1"}'`,
    /keeps what it holds/,
  ],
  [
    'a paid attempt is declined after all',
    () => `update payment_attempts set state = 'declined' where state = 'paid'`,
    /is paid/,
  ],
  ['an attempt is deleted', () => 'delete from payment_attempts', /keeps what it holds/],
  ['a payment is changed', () => 'update payments set amount_cents = 1', /keeps what it holds/],
  ['a payment is deleted', () => 'delete from payments', /keeps what it holds|violates foreign key/],
  ['an allocation is changed', () => 'update payment_allocations set amount_cents = 1', /append only/],
  ['more is allocated than came', () => payment('p1', 100) + allocation('p1', 101), /allocated for more than it is/],
  [
    'more is allocated and granted than came',
    () => payment('p2', 100, 50) + allocation('p2', 51),
    /allocated for more than it is/,
  ],
  ['what was not received is allocated', () => allocation('nothing', 1), /violates foreign key/],
  [
    'an invoice is uncollectible by nobody',
    () => `update invoices set status = 'uncollectible' where id = '${unpaid}'`,
    /by nobody/,
  ],
  [
    'an invoice is paid by its status alone',
    () => `update invoices set status = 'paid' where id = '${unpaid}'`,
    /paid_where_nothing_remains/,
  ],
  [
    'what is paid is unpaid by its status alone',
    () => `update invoices set status = 'issued' where id = '${paid}'`,
    /paid_where_nothing_remains/,
  ],
  ['a write-off is taken back', () => 'truncate written_off_invoices', /append only/],
])('is refused: %s', async (_what, statement, reason) => {
  await expect(c.db.raw(statement())).rejects.toThrow(reason);
});

test('ids of workflows that statements make are those of domain/', async () => {
  const { rows } = await c.db.raw(
    `select collect_workflow_id('inv:a', 0) as first, collect_workflow_id('inv:a', 2) as third`,
  );
  expect(rows).toEqual([{ first: 'collect:inv:a', third: 'collect:inv:a:2' }]);
});
