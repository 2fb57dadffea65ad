// Statements that somebody might send in a hurry, to a database with a bit of everything in it: what each meets, and what an
// operator may do all the same. As a superuser, so that the rules alone stand in the way, and no right that is missing.

import { defaultTerms, termsAsJson } from '../../domain/terms';
import type { Collecting } from '../commands/collecting';
import { corrected, invoiceIn, paid, pastDue, startCarelessWorld, unpaid, writtenOff } from './careless-world';

let c: Collecting;
beforeAll(async () => {
  c = await startCarelessWorld();
});
afterAll(() => c?.stop());

const entries = (workspace: string, posting: string, amounts: Readonly<Record<string, number>>) => `
  insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at) values ${Object.entries(amounts)
    .map(([account, nanos]) => `('${workspace}', '${posting}', '${account}', ${nanos}, now())`)
    .join(', ')};`;

const invoice = (month: string, change: Readonly<Record<string, string>> = {}) => {
  const columns: Record<string, string> = {
    id: `'${invoiceIn(month)}'`,
    workspace_id: `'acme'`,
    month: `'${month}'`,
    kind: `'usage'`,
    sequence: '1',
    number: `(select max(number) + 1 from invoices where workspace_id = 'acme')`,
    status: `'issued'`,
    list_nanos: '20000000',
    volume_discount_nanos: '0',
    program_discount_nanos: '0',
    credits_applied_nanos: '0',
    amount_due_nanos: '20000000',
    total_cents: '2',
    parts: `'[]'`,
    closed_because: `'complete'`,
    seller: `'{"name": "S"}'`,
    buyer: `'{"name": "B"}'`,
    collection: `'charge'`,
    issued_at: 'now()',
    due_at: 'now()',
    ...change,
  };
  return `insert into invoices (${Object.keys(columns).join(', ')}) values (${Object.values(columns).join(', ')});`;
};
const july = invoiceIn('2024-07');
const posted = entries('acme', `invoice:${july}`, { receivable: 20000000, revenue: -20000000 });
const line = (of = july, position = 1) => `
  insert into invoice_lines (workspace_id, invoice_id, position, kind, description, month, exact_nanos, amount_cents)
  values ('acme', '${of}', ${position}, 'usage', 'x', '2024-07', 20000000, 2);`;
const usage = `
  insert into invoice_usage values ('acme', '${july}', '2024-07', 'm', 'v1', 'gpu', 10000000, '{477576}', '{2}', 20000000);`;
const closing = (status: string, because = 'complete', month = '2024-07', at = '2025-02-01T00:00Z') => `
  update billing_periods set status = '${status}', closed_at = '${at}', closed_because = '${because}'
  where workspace_id = 'acme' and month = '${month}';`;

const payment = (change = '') => `
  insert into payments (workspace_id, payment, invoice_id, source, amount_cents, method_type, reference, received_at, granted_cents)
  values ('acme', 'p1', '${unpaid}', 'elsewhere', 100, 'elsewhere', 'wire', now(), ${change || 0});`;
const allocation = (cents: number) => `
  insert into payment_allocations (workspace_id, payment, invoice_id, amount_cents, allocated_at)
  values ('acme', 'p1', '${unpaid}', ${cents}, now());`;
const paymentPosted = entries('acme', 'payment:p1', { cash: 1000000000, receivable: -1000000000 });

const grant = (change: Readonly<Record<string, string>> = {}) => {
  const columns: Record<string, string> = {
    workspace_id: `'acme'`,
    key: `'new'`,
    kind: `'promotional'`,
    amount_nanos: '100',
    remaining_nanos: '100',
    valid_from: `'2025-02-01T00:00Z'`,
    priority: '100',
    created_at: 'now()',
    ...change,
  };
  return `insert into credit_grants (${Object.keys(columns).join(', ')}) values (${Object.values(columns).join(', ')});`;
};
const grantPosted = (amount = 100) => `
  insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at) values
    ('acme', 'grant:new', 'credits', -${amount}, 'new', now()), ('acme', 'grant:new', 'credits_granted', ${amount}, 'new', now());`;

const note = (change: Readonly<Record<string, string>> = {}) => {
  const columns: Record<string, string> = {
    id: `'cn:acme:99'`,
    workspace_id: `'acme'`,
    number: `(select max(number) + 1 from credit_notes where workspace_id = 'acme')`,
    invoice_id: `'${unpaid}'`,
    kind: `'goodwill'`,
    key: `'k'`,
    reason: `'sorry'`,
    amount_cents: '1',
    lowers_due_cents: '1',
    last_invoice: '5',
    issued_at: 'now()',
    ...change,
  };
  return `insert into credit_notes (${Object.keys(columns).join(', ')}) values (${Object.values(columns).join(', ')});`;
};
const notePosted = entries('acme', 'credit-note:cn:acme:99', { discounts: 10000000, receivable: -10000000 });

type Careless = readonly [what: string, sql: string, refusal: RegExp];

const refused: readonly Careless[] = [
  // An invoice comes whole, once a period, and with its period
  ['an invoice comes alone', invoice('2024-07'), /must come with its posting/],
  ['an invoice comes without its lines', invoice('2024-07') + posted + usage + closing('invoiced'), /with its lines/],
  [
    'an invoice comes without its usage',
    invoice('2024-07') + posted + line() + closing('invoiced'),
    /the usage that it bills/,
  ],
  ['an invoice comes without its period', invoice('2024-07') + posted + line() + usage, /closing of its period/],
  [
    'an invoice says that credits paid it, and draws none',
    invoice('2024-07', {
      credits_applied_nanos: '20000000',
      amount_due_nanos: '0',
      total_cents: '0',
      status: `'paid'`,
    }) +
      entries('acme', `invoice:${july}`, { credits: 20000000, revenue: -20000000 }) +
      line().replace('20000000, 2', '0, 0') +
      usage +
      closing('invoiced'),
    /draws of its credits/,
  ],
  ['a period gets a second invoice', invoice('2024-02', { id: `'i2'`, sequence: '2' }), /one_invoice_a_period/],
  [
    'a period gets the same invoice again',
    invoice('2024-02', { id: `'i2'` }),
    /invoices_workspace_id_month_kind_sequence/,
  ],
  [
    'an invoice is of no period',
    invoice('2031-01') +
      entries('acme', `invoice:${invoiceIn('2031-01')}`, { receivable: 20000000, revenue: -20000000 }),
    /must come with/,
  ],
  ['an invoice begins void', invoice('2024-07', { status: `'void'` }), /starts issued or paid/],
  ['an invoice begins past due', invoice('2024-07', { status: `'past_due'` }), /starts issued or paid/],
  [
    'an invoice begins paid in part',
    `${invoice('2024-07').replace('total_cents,', 'total_cents, paid_cents,').replace(', 2, ', ', 2, 1, ')}`,
    /starts issued or paid/,
  ],
  ['an invoice number is left out', invoice('2024-07', { number: '99' }), /leaves a gap/],
  [
    'an invoice gets another total',
    `update invoices set total_cents = total_cents + 1 where id = '${unpaid}'`,
    /content never changes/,
  ],
  [
    'an invoice gets another due date',
    `update invoices set due_at = now() + interval '1 year' where id = '${unpaid}'`,
    /content never changes/,
  ],
  [
    'an invoice is somebody else’s',
    `update invoices set workspace_id = 'other' where id = '${unpaid}'`,
    /content never changes|foreign key/,
  ],
  ['an invoice is deleted', `delete from invoices where id = '${unpaid}'`, /content never changes/],
  ['invoices are emptied', 'truncate invoices cascade', /append only|never deleted/],
  ['a line is put right', `update invoice_lines set description = 'y'`, /append only/],
  ['usage of an invoice is deleted', `delete from invoice_usage where invoice_id = '${unpaid}'`, /append only/],
  ['a line joins an invoice', line(unpaid, 99), /must come whole/],
  [
    'what was billed counts no minutes',
    invoice('2024-07') + usage.replace(`'{2}'`, `'{0}'`),
    /billed_minutes_are_some/,
  ],

  // Statuses go forward, for a reason that is there
  [
    'an invoice is past due by nothing',
    `update invoices set status = 'past_due' where id = '${unpaid}'`,
    /past due by nothing/,
  ],
  [
    'what is past due is issued again',
    `update invoices set status = 'issued' where id = '${pastDue}'`,
    /does not become issued again/,
  ],
  [
    'what was written off is issued again',
    `update invoices set status = 'issued' where id = '${writtenOff}'`,
    /does not become issued again/,
  ],
  [
    'what was written off is past due again',
    `update invoices set status = 'past_due' where id = '${writtenOff}'`,
    /does not become past_due again/,
  ],
  [
    'an invoice is paid by its status',
    `update invoices set status = 'paid' where id = '${unpaid}'`,
    /paid_where_nothing_remains/,
  ],
  [
    'an invoice is paid by its figures',
    `update invoices set status = 'paid', paid_cents = 1500 where id = '${unpaid}'`,
    /follows from its payments/,
  ],
  [
    'a paid invoice is opened again',
    `update invoices set status = 'issued' where id = '${paid}'`,
    /paid_where_nothing_remains/,
  ],
  [
    'an invoice is void by its status',
    `update invoices set status = 'void' where id = '${unpaid}'`,
    /becomes void by the credit note/,
  ],
  [
    'an invoice is uncollectible by nobody',
    `update invoices set status = 'uncollectible' where id = '${unpaid}'`,
    /by nobody/,
  ],
  [
    'a write-off comes without its posting',
    `insert into written_off_invoices values ('acme', '${unpaid}', 'w2', 'x', 1450, now());
     update invoices set status = 'uncollectible' where id = '${unpaid}'`,
    /come with its posting/,
  ],
  [
    'a write-off leaves its invoice as it is',
    `insert into written_off_invoices values ('acme', '${unpaid}', 'w2', 'x', 1450, now());` +
      entries('acme', `write-off:${unpaid}`, { bad_debt: 14500000000, receivable: -14500000000 }),
    /make it uncollectible/,
  ],
  ['a write-off is taken back', 'delete from written_off_invoices', /append only/],
  ['the reason of a past due one is deleted', `delete from collectings where invoice_id = '${pastDue}'`, /append only/],

  // The ledger
  ['an entry is changed', 'update ledger_entries set amount_nanos = amount_nanos + 1', /append only/],
  ['entries are deleted', `delete from ledger_entries where workspace_id = 'acme'`, /append only/],
  [
    'a posting does not balance',
    entries('acme', `write-off-reversed:${unpaid}:x`, { cash: 5, receivable: -4 }),
    /does not balance/,
  ],
  ['entries join a posting', entries('acme', `invoice:${unpaid}`, { cash: 5, fees: -5 }), /posted already/],
  [
    'a posting is of two workspaces',
    `insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at)
     values ('acme', 'given-up:${unpaid}:x', 'cash', 5, now()), ('other', 'given-up:${unpaid}:x', 'fees', -5, now())`,
    /does not balance/,
  ],
  [
    'an invoice is posted for another workspace',
    entries('other', `invoice:${unpaid}`, { receivable: 5, revenue: -5 }),
    /of other is about nothing/,
  ],
  ['something is posted that is about nothing', entries('acme', 'by-hand', { cash: 5, fees: -5 }), /about nothing/],
  [
    'a payment is posted that never came',
    entries('acme', 'payment:pi_none', { cash: 5, receivable: -5 }),
    /about nothing/,
  ],
  [
    'a workspace that is not there is posted to',
    entries('nobody', 'payment:pi_none', { cash: 5, receivable: -5 }),
    /about nothing/,
  ],
  ['the ledger is emptied', 'truncate ledger_entries', /append only/],

  // Grants
  ['a grant starts half spent', grant({ remaining_nanos: '50' }) + grantPosted(), /starts with all of its amount/],
  [
    'a grant starts ended',
    grant({ ended_at: 'now()', valid_until: `'2025-03-01T00:00Z'` }) + grantPosted(),
    /starts with all of its amount/,
  ],
  ['a grant comes unposted', grant(), /posted as 0 owed/],
  ['a grant is posted as another amount', grant() + grantPosted(99), /posted as 99 owed/],
  ['a grant is raised', `update credit_grants set amount_nanos = amount_nanos * 2 where key = 'g'`, /only draws/],
  [
    'a spent grant is filled up',
    `update credit_grants set remaining_nanos = amount_nanos where key = 'g'`,
    /only draws/,
  ],
  [
    'a grant is made to last',
    `update credit_grants set valid_until = '2030-01-01T00:00Z' where key = 'over'`,
    /only ending/,
  ],
  [
    'a grant is another workspace’s',
    `update credit_grants set workspace_id = 'other' where key = 'over'`,
    /only ending|only draws/,
  ],
  ['grants are deleted', `delete from credit_grants where key = 'over'`, /append only/],
  ['a draw is deleted', 'delete from credit_draws', /append only/],
  [
    'a draw joins an invoice',
    `insert into credit_draws values ('acme', '${unpaid}', 'over', '{474120}', '{1}')`,
    /come with its invoice/,
  ],

  // Periods
  [
    'an open period is deleted',
    `delete from billing_periods where workspace_id = 'acme' and month = '2024-07'`,
    /is closed, never deleted/,
  ],
  [
    'a closed period is deleted',
    `delete from billing_periods where workspace_id = 'acme' and month = '2024-05'`,
    /is closed/,
  ],
  [
    'a closed period is opened again',
    `update billing_periods set status = 'open', closed_at = null, closed_because = null where month = '2024-02' and workspace_id = 'acme'`,
    /is closed/,
  ],
  ['a period is closed as invoiced without an invoice', closing('invoiced'), /it has no invoice/],
  [
    'a period with usage is closed as empty',
    `select ensure_usage_month('2024-07-01'); insert into hour_totals values ('acme', '2024-07-03T00:00Z', 5, 50);${closing('empty')}`,
    /its usage is on no invoice/,
  ],
  ['a period is closed before an earlier one', closing('empty', 'complete', '2024-09'), /an earlier one is open/],
  ['a period is closed before its end', closing('empty', 'complete', '2024-07', '2024-07-15T00:00Z'), /it is not over/],
  ['a period is closed as if somebody had asked', closing('empty', 'requested'), /nobody asked/],
  [
    'a period begins closed',
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at, status, closed_at, closed_because) values ('acme', '2031-01', '2031-01-01T00:00Z', '2031-02-01T00:00Z', now(), 'empty', '2031-02-01T00:00Z', 'complete')`,
    /cannot be closed as empty/,
  ],
  [
    'a period gets another end',
    `update billing_periods set ends_at = ends_at + interval '1 day' where month = '2024-07'`,
    /period_is_its_month|keeps its time/,
  ],
  [
    'a period is of another length than its month',
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at) values ('acme', '2031-01', '2031-01-02T00:00Z', '2031-02-01T00:00Z', now())`,
    /period_is_its_month/,
  ],
  [
    'late usage is forgotten',
    `update billing_periods set has_late_usage = false where month = '2024-05' and workspace_id = 'acme'`,
    /usage that no invoice holds/,
  ],
  ['periods are emptied', 'truncate billing_periods', /append only/],

  // Usage
  ['a mask has a 61st minute', `update replica_hours set serving = serving | (1::int8 << 60)`, /masks_have_60_bits/],
  ['a mask is negative', 'update replica_hours set idle = -1', /masks_have_60_bits/],
  ['a mask is voided beyond its hour', `update replica_hours set voided = 1::int8 << 62`, /masks_have_60_bits/],
  ['the mask of an hour has a 61st minute', `update usage_hours set active_mask = 1::int8 << 60`, /masks_have_60_bits/],
  ['less than no minutes are used', 'update usage_hours set idle_minutes = -1', /minutes_are_counts/],
  ['a used hour costs another amount', 'update usage_hours set list_nanos = list_nanos - 1', /minutes_times_price/],
  ['masks are deleted', `delete from replica_hours where workspace_id = 'acme'`, /is never deleted from/],
  ['hours are deleted', `delete from usage_hours where hour < '2024-06-01T00:00Z'`, /is never deleted from/],
  ['hours are emptied', 'truncate usage_hours', /is never deleted from/],
  ['hours are deleted from where they lie', 'delete from usage_hours_202401', /is never deleted from/],
  ['a month of masks is emptied', 'truncate replica_hours_202401', /is never deleted from/],
  ['reports are deleted', 'delete from usage_reports', /is never deleted from/],
  ['replicas are deleted', 'delete from replicas', /is never deleted from/],
  ['replicas get another model', `update replicas set model = 'm2'`, /append only/],
  ['which sources a period waits for is deleted', 'delete from source_periods', /append only/],
  [
    'a source takes its mark back',
    `update sources set complete_through = complete_through - interval '1 day'`,
    /never goes back/,
  ],
  ['a source has said nothing after all', 'update sources set complete_through = null', /never goes back/],

  // Prices, terms, workspaces
  [
    'the price of invoiced hours is changed',
    `update prices set price_nanos = price_nanos + 1 where instance_type = 'cents-2000'`,
    /its price stays/,
  ],
  [
    'the price of invoiced hours is deleted',
    `delete from prices where instance_type = 'cents-2000'`,
    /its price stays/,
  ],
  [
    'the price of invoiced hours ends before them',
    `update prices set valid = '[2020-01-01T00:00Z,2024-01-01T00:00Z)' where instance_type = 'cents-2000'`,
    /its price stays/,
  ],
  [
    'a contract price takes the place of what was invoiced',
    `insert into prices values ('cents-2000', 'acme', 1, '[2024-02-01T00:00Z,2024-02-02T00:00Z)')`,
    /its price stays/,
  ],
  [
    'a price is another type’s',
    `update prices set instance_type = 'cents-1000' where instance_type = 'cents-2000'`,
    /stays whose|one_price_an_hour|prices_change_points/,
  ],
  ['prices are emptied', 'truncate prices', /append only/],
  [
    'terms of a closed month are changed',
    `update workspace_terms set terms = jsonb_set(terms, '{plan}', '"enterprise"') where workspace_id = 'acme'`,
    /its terms stay/,
  ],
  [
    'terms of a closed month are deleted',
    `delete from workspace_terms where workspace_id = 'acme'; insert into workspace_terms values ('acme', '[2024-01-01T00:00Z,)', '{"plan": "enterprise"}')`,
    /its terms stay/,
  ],
  [
    'terms begin in a closed month',
    `update workspace_terms set valid = '[2024-01-01T00:00Z,2024-02-01T00:00Z)' where workspace_id = 'acme'; insert into workspace_terms values ('acme', '[2024-02-01T00:00Z,)', '{"plan": "enterprise"}')`,
    /its terms stay/,
  ],
  ['a workspace starts at another time', `update workspaces set starts_at = now() where id = 'acme'`, /append only/],
  ['a workspace is deleted', `delete from workspaces where id = 'other'`, /append only/],

  // Credit notes and corrections
  ['a credit note comes without its posting', note(), /come with its posting/],
  ['a credit note comes without its lines', note() + notePosted, /come with its lines/],
  [
    'a credit note credits more than there is',
    note({ amount_cents: '99999', lowers_due_cents: '99999' }),
    /credited_cents|invoices_check/,
  ],
  ['a credit note is deleted', 'delete from credit_notes', /append only/],
  ['the ranges of a correction that stands are deleted', 'delete from correction_ranges', /c1 of acme stands/],
  [
    'the ranges of a correction are moved',
    `update correction_ranges set until_at = until_at + interval '1 hour'`,
    /append only/,
  ],
  ['a correction is deleted', 'delete from corrections', /can only be taken back|foreign key/],

  // Payments
  ['a payment comes without its posting', payment() + allocation(100), /come with what it pays.*posting/],
  ['a payment is shared out in part', payment() + allocation(99) + paymentPosted, /come with what it pays/],
  ['a payment pays nothing', payment() + paymentPosted, /come with what it pays/],
  [
    'too much is paid, and becomes no grant',
    payment('1') + allocation(99) + paymentPosted,
    /the rest of it as a grant/,
  ],
  ['more is shared out than came', payment() + allocation(101), /allocated for more than it is/],
  ['a payment is changed', 'update payments set amount_cents = amount_cents + 1', /keeps what it holds/],
  ['a payment was too much after all', `update payments set granted_cents = 1`, /keeps what it holds/],
  [
    'a fee is known otherwise',
    'update payments set fee_cents = fee_cents + 1 where fee_cents is not null',
    /its fee and its charge stay/,
  ],
  [
    'a fee is noted without its posting',
    `update payments set fee_cents = 7 where fee_cents is null`,
    /fee of payment .* must come with its posting/,
  ],
  ['a payment is deleted', 'delete from payments', /keeps what it holds|foreign key/],
  ['payments are emptied', 'truncate payments cascade', /append only/],
  ['an allocation is changed', 'update payment_allocations set amount_cents = 1', /append only/],
  [
    'a declined attempt is sent again',
    `update payment_attempts set state = 'sending', settled_at = null where state = 'declined'`,
    /does not become sending again/,
  ],
  [
    'a declined attempt is paid by nothing',
    `update payment_attempts set state = 'paid' where state = 'declined'`,
    /paid by no payment/,
  ],
  ['a paid attempt is declined', `update payment_attempts set state = 'declined' where state = 'paid'`, /is paid/],
  [
    'an attempt begins paid',
    `insert into payment_attempts (workspace_id, invoice_id, number, kind, amount_cents, body, state, made_at, settled_at) values ('acme', '${writtenOff}', 9, 'checkout', 1, '{}', 'paid', now(), now())`,
    /paid by no payment/,
  ],
  [
    'what was paid out by hand fails',
    `update refund_parts set state = 'failed', settled_at = now(), reference = null where state = 'by_hand'`,
    /keeps what it holds|does not become failed/,
  ],
  [
    'a refund is by hand after all',
    `update refund_parts set state = 'by_hand', settled_at = now() where state = 'sending'`,
    /does not become by_hand/,
  ],
  ['a refund gets another amount', 'update refund_parts set amount_cents = amount_cents + 1', /keeps what it holds/],
  ['a refund is deleted', 'delete from refunds', /append only/],

  // The guard, and what was said
  [
    'an episode begins at another time',
    `update guard_episodes set begins_at = begins_at - interval '1 hour'`,
    /keeps what it holds/,
  ],
  ['an episode that is over goes on', 'update guard_episodes set ends_at = null, restored_at = null', /has ended/],
  ['an episode is deleted', 'delete from guard_episodes', /keeps what it holds/],
  [
    'a suspension that is over stands again',
    'update suspensions set ended_at = null, ended_because = null',
    /has ended/,
  ],
  ['a suspension is deleted', 'delete from suspensions', /keeps what it holds/],
  ['a command loses its generation', 'update model_wishes set generation = 1', /only grows/],
  ['the audit log is put right', `update audit_log set actor = 'somebody'`, /append only/],
];

const allowed: readonly (readonly [what: string, sql: string])[] = [
  ['a whole invoice', invoice('2024-07') + posted + line() + usage + closing('invoiced')],
  ['a whole payment', payment() + allocation(100) + paymentPosted],
  ['a whole grant', grant() + grantPosted()],
  [
    'a closing that somebody asked for',
    `update billing_periods set close_requested_at = now() where month = '2024-07' and workspace_id = 'acme';${closing('empty', 'requested', '2024-07', '2024-07-15T00:00Z')}`,
  ],
  ['a month without usage is closed', closing('empty')],
  ['a period waits', `update billing_periods set status = 'waiting' where month = '2024-07'`],
  [
    'late usage is noticed',
    `update billing_periods set has_late_usage = true where month = '2024-03' and workspace_id = 'acme'`,
  ],
  [
    'what was noticed in vain is forgotten',
    `update billing_periods set has_late_usage = true where month = '2024-03'; update billing_periods set has_late_usage = false where month = '2024-03'`,
  ],
  [
    'a past due invoice is written off',
    `insert into written_off_invoices select workspace_id, id, 'w2', 'x', remaining_cents, now() from invoices where id = '${pastDue}'; update invoices set status = 'uncollectible' where id = '${pastDue}';` +
      entries('acme', `write-off:${pastDue}`, { bad_debt: 60000000000, receivable: -60000000000 }),
  ],
  [
    'a grant ends early',
    `update credit_grants set valid_until = '2024-12-01T00:00Z', ended_at = now() where key = 'g'`,
  ],
  [
    'a price from an hour that nobody was billed for',
    `update prices set valid = tstzrange(lower(valid), '2024-03-01T00:00Z') where instance_type = 'cents-2000'; insert into prices values ('cents-2000', null, 5, '[2024-03-01T00:00Z,)')`,
  ],
  [
    'a price that was lacking, in closed months',
    `insert into instance_types values ('new'); insert into prices values ('new', null, 5, '[2023-01-01T00:00Z,)')`,
  ],
  [
    'a contract price for another workspace',
    `insert into prices values ('cents-2000', 'other', 5, '[2024-01-01T00:00Z,)')`,
  ],
  [
    'a price replaced by itself',
    `delete from prices where instance_type = 'cents-2000'; insert into prices values ('cents-2000', null, 20000000000, '[2020-01-01T00:00Z,)')`,
  ],
  [
    'terms from an open month on',
    `update workspace_terms set valid = tstzrange(lower(valid), '2024-07-01T00:00Z') where workspace_id = 'acme'; insert into workspace_terms values ('acme', '[2024-07-01T00:00Z,)', '{"plan": "enterprise"}')`,
  ],
  [
    'the same terms from a closed month on',
    `update workspace_terms set valid = tstzrange(lower(valid), '2024-02-01T00:00Z') where workspace_id = 'acme'; insert into workspace_terms select workspace_id, '[2024-02-01T00:00Z,)', terms from workspace_terms where workspace_id = 'acme'`,
  ],
  [
    'a workspace gets another name and address',
    `update workspaces set name = 'Acme 2', billing_email = 'x@acme.example' where id = 'acme'`,
  ],
  ['a source goes on', `update sources set complete_through = complete_through + interval '1 day'`],
  [
    'a declined attempt was paid after all',
    `update payment_attempts set state = 'paid', payment_intent = 'recorded:t1' where state = 'declined'`,
  ],
  ['a refund fails', `update refund_parts set state = 'failed', settled_at = now() where state = 'sending'`],
  ['who was set aside is tried at once', `update set_aside set next_attempt_at = now()`],
  ['a key is revoked', `update api_keys set revoked_at = now() where name = 'cluster collectors'`],
  [
    'an hour is rolled up again',
    `update usage_hours set replica_minutes = replica_minutes where workspace_id = 'acme'`,
  ],
  [
    'a correction is taken back',
    `delete from correction_ranges where key = 'c1'; update corrections set taken_back_at = now() where key = 'c1'`,
  ],
];

const run = (sql: string) =>
  c.db.transaction(async (trx) => {
    await trx.raw(`${sql};\nset constraints all immediate`);
    await trx.rollback(new Error('nothing stood in the way'));
  });

it.each(refused)('refused: %s', async (_what, sql, refusal) => {
  await expect(run(sql)).rejects.toThrow(refusal);
});

it.each(allowed)('allowed: %s', async (_what, sql) => {
  await expect(run(sql)).rejects.toThrow(/^nothing stood in the way$/);
});

it('each statement hits something', async () => {
  const { rows } = await c.db.raw(`
    select (select array_agg(id || ' ' || status order by number) from invoices) as invoices,
      (select count(*)::int from payment_attempts where state = 'declined') as declined,
      (select count(*)::int from payments where fee_cents is null) as unknown_fees,
      (select count(*)::int from payments where fee_cents > 0) as fees,
      (select array_agg(state order by key) from refund_parts) as refunds,
      (select count(*)::int from billing_periods where has_late_usage) as late,
      (select count(*)::int from workspace_terms where workspace_id = 'acme') as terms,
      (select count(*)::int from correction_ranges) as ranges, default_terms() as default_terms`);
  expect(rows[0]).toEqual({
    invoices: [
      `${paid} paid`,
      `${unpaid} issued`,
      `${writtenOff} uncollectible`,
      `${corrected} paid`,
      `${pastDue} past_due`,
    ],
    declined: 1,
    unknown_fees: 1,
    fees: 1,
    refunds: ['sending', 'by_hand'],
    late: 1,
    terms: 1,
    ranges: 1,
    default_terms: JSON.parse(JSON.stringify(termsAsJson(defaultTerms))),
  });
});
