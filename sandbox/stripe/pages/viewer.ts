// What the emulator knows, as a page: the newest of each, where each event went, and the switches.

import type Stripe from 'stripe';
import { type Markup, markup } from '../../../domain/mail/markup';
import type { Served } from '../server';
import type { Table, Tables } from '../store';
import type { Delivery } from '../webhooks/deliveries';
import { idOf } from '../world';
import { money } from './checkout';
import { document } from './sheet';
import { ahead, switchesShown } from './switches';

const shownMax = 25;

export function viewerPage(served: Served): string {
  const { store, clock } = served.api.world;
  return document(
    'Stripe emulator',
    markup`<main class="wide">
<p><span class="badge">Sandbox: no real money moves</span></p>
<h1>Stripe emulator</h1>
<p class="soft">Its clock says ${when(clock.now())}, UTC. The page looks again every five seconds.</p>
<div class="switches">${ahead('A day ahead', 86_400)}<a href="/switches">All switches: time, faults, webhooks</a></div>
<nav>${sections.map(([id, title, , table]) => markup`<a href="#${id}">${title} ${String(store.count(table))}</a>`)}</nav>
${sections.map(([id, title, show, table]) => section(id, title, show(served), store.count(table)))}
</main>`,
    { refreshes: true },
  );
}

export function switchesPage(served: Served): string {
  return document(
    'Switches',
    markup`<main class="wide"><p><a href="/">Stripe emulator</a></p><h1>Switches</h1>${switchesShown(served)}</main>`,
  );
}

type Section = readonly [id: string, title: string, show: (served: Served) => Markup, table: Table];

const sections: readonly Section[] = [
  ['events', 'Events', eventsShown, 'events'],
  ['intents', 'PaymentIntents', intentsShown, 'paymentIntents'],
  ['sessions', 'Checkout', sessionsShown, 'sessions'],
  ['customers', 'Customers', customersShown, 'customers'],
  ['methods', 'Payment methods', methodsShown, 'paymentMethods'],
  ['refunds', 'Refunds', refundsShown, 'refunds'],
  ['disputes', 'Disputes', disputesShown, 'disputes'],
];

function section(id: string, title: string, shown: Markup, count: number): Markup {
  const more = count > shownMax ? markup`<p class="soft">The newest ${String(shownMax)} of ${String(count)}.</p>` : '';
  const body = count === 0 ? markup`<p class="soft">None yet.</p>` : shown;
  return markup`<section id="${id}"><h2>${title}</h2>${body}${more}</section>`;
}

function newest<T extends Table>({ api }: Served, table: T): readonly Tables[T][] {
  return api.world.store.all(table).slice(-shownMax).reverse();
}

function table(heads: readonly string[], rows: readonly (readonly (string | Markup)[])[]): Markup {
  return markup`<div class="scroll" tabindex="0"><table><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

function when(seconds: number): Markup {
  const text = new Date(seconds * 1000).toISOString().slice(5, 19).replace('T', ' ');
  return markup`<time datetime="${new Date(seconds * 1000).toISOString()}">${text}</time>`;
}

function code(text: string | null): Markup {
  return text === null ? markup`` : markup`<code>${text}</code>`;
}

const good = ['succeeded', 'complete', 'won', 'delivered'];
const bad = ['requires_payment_method', 'failed', 'lost', 'needs_response', 'canceled'];

function state(text: string | null): Markup {
  const kind = good.includes(text ?? '') ? 'good' : bad.includes(text ?? '') ? 'bad' : '';
  return markup`<span class="${kind}">${(text ?? '').replaceAll('_', ' ')}</span>`;
}

function eventsShown(served: Served): Markup {
  const deliveries = served.api.world.store.all('deliveries');
  const rows = newest(served, 'events').map((event) => [
    when(event.created),
    event.type,
    code('id' in event.data.object ? String(event.data.object.id) : ''),
    markup`${deliveries.filter((each) => each.event === event.id).map((each) => deliveryShown(served, each))}`,
    markup`<form method="post" action="/_emulator/events/${event.id}/replay"><button>Send again</button></form>`,
  ]);
  return table(['When', 'Type', 'Of', 'Delivery', ''], rows);
}

function deliveryShown({ api }: Served, { state: now, tries, attempts, endpoint }: Delivery): Markup {
  const problem = attempts.at(-1)?.problem ?? '';
  const url = api.world.store.get('endpoints', endpoint)?.url ?? 'a deleted endpoint';
  const count = tries === 1 ? '1 attempt' : `${tries} attempts`;
  return markup`<div>${state(now)} <span class="soft">${count}${problem === '' ? '' : `, ${problem}`}, ${url}</span></div>`;
}

function intentsShown(served: Served): Markup {
  const rows = newest(served, 'paymentIntents').map((intent) => [
    when(intent.created),
    money(intent.amount, intent.currency),
    state(intent.status),
    markup`${intent.last_payment_error?.decline_code ?? intent.last_payment_error?.code ?? ''}`,
    customerName(served, idOf(intent.customer)),
    code(intent.id),
    chargeSwitch(served, idOf(intent.latest_charge)),
  ]);
  return table(['When', 'Amount', 'Status', 'Why', 'Customer', 'Id', ''], rows);
}

function chargeSwitch({ api }: Served, chargeId: string | null): Markup {
  const charge = api.world.store.get('charges', chargeId ?? '');
  if (charge?.status !== 'succeeded' || charge.disputed) return markup``;
  return markup`<form method="post" action="/_emulator/disputes/${charge.id}"><button>Dispute</button></form>`;
}

function customerName({ api }: Served, id: string | null): Markup {
  const customer = api.world.store.get('customers', id ?? '');
  return customer?.name ? markup`${customer.name}` : code(id);
}

function sessionsShown(served: Served): Markup {
  const rows = newest(served, 'sessions').map((session) => [
    when(session.created),
    session.mode,
    session.amount_total === null ? '' : money(session.amount_total, session.currency ?? 'usd'),
    state(session.status),
    session.payment_status.replaceAll('_', ' '),
    session.url === null ? code(session.id) : markup`<a href="${session.url}">Open its page</a>`,
  ]);
  return table(['When', 'Mode', 'Amount', 'Status', 'Payment', 'Page'], rows);
}

function customersShown(served: Served): Markup {
  const rows = newest(served, 'customers').map(({ created, name, email, id }) => [
    when(created),
    name ?? '',
    email ?? '',
    code(id),
  ]);
  return table(['When', 'Name', 'E-mail', 'Id'], rows);
}

function methodsShown(served: Served): Markup {
  const rows = newest(served, 'paymentMethods').map((method) => [
    when(method.created),
    nameOf(method),
    served.api.world.store.get('instruments', method.id)?.behaviour.replaceAll('_', ' ') ?? '',
    customerName(served, idOf(method.customer)),
    code(method.id),
    method.card === undefined
      ? ''
      : markup`<form method="post" action="/_emulator/cards/${method.id}/update"><button>New card from its network</button></form>`,
  ]);
  return table(['When', 'Method', 'Behaviour', 'Customer', 'Id', ''], rows);
}

function nameOf({ card, us_bank_account: account, type }: Stripe.PaymentMethod): string {
  if (card !== undefined) return `${card.brand} ${card.last4}, ${card.exp_month}/${card.exp_year}`;
  return account === undefined ? type : `${account.bank_name ?? ''} ${account.last4 ?? ''}`;
}

function refundsShown(served: Served): Markup {
  const rows = newest(served, 'refunds').map((refund) => [
    when(refund.created),
    money(refund.amount, refund.currency),
    state(refund.status),
    code(refund.id),
    refund.status === 'failed'
      ? ''
      : markup`<form method="post" action="/_emulator/refunds/${refund.id}/fail"><button>Let it fail</button></form>`,
  ]);
  return table(['When', 'Amount', 'Status', 'Id', ''], rows);
}

function disputesShown(served: Served): Markup {
  const rows = newest(served, 'disputes').map((dispute) => [
    when(dispute.created),
    money(dispute.amount, dispute.currency),
    state(dispute.status),
    dispute.reason.replaceAll('_', ' '),
    code(dispute.id),
    ['won', 'lost', 'warning_closed'].includes(dispute.status)
      ? ''
      : markup`<form method="post" action="/_emulator/disputes/${dispute.id}/close"><button name="status" value="won">Won</button> <button name="status" value="lost">Lost</button></form>`,
  ]);
  return table(['When', 'Amount', 'Status', 'Reason', 'Id', ''], rows);
}
