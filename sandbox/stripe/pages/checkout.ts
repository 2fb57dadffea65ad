// The hosted page on which a customer pays or saves a method. One form, without scripts.

import type Stripe from 'stripe';
import { type Markup, markup } from '../../../domain/mail/markup';
import { accounts, testRouting } from '../behaviours/accounts';
import { cards } from '../behaviours/cards';
import type { Typed } from '../payments/checkout';
import { document } from './sheet';

export type Shown = {
  readonly session: Stripe.Checkout.Session;
  readonly items: readonly Stripe.LineItem[];
  readonly problem: string | null;
  /** What was typed before; never a number. */
  readonly typed: Typed;
};

export function checkoutPage({ session, items, problem, typed }: Shown): string {
  const isSetup = session.mode === 'setup';
  const types = session.payment_method_types;
  const verb = isSetup ? 'Save' : `Pay ${money(session.amount_total ?? 0, session.currency ?? 'usd')}`;
  return document(
    isSetup ? 'Save a payment method' : 'Pay',
    markup`<main>
<p><span class="badge">Sandbox: no real money moves</span></p>
${isSetup ? markup`<h1>Save a payment method</h1>` : amountShown(session, items)}
${session.customer_details?.email ? markup`<p class="soft">${session.customer_details.email}</p>` : ''}
${problem === null ? '' : markup`<p class="problem" role="alert">${problem}</p>`}
<form class="pay panel" method="post" action="/c/pay/${session.id}">
${types.length > 1 ? choices(typed['method'] ?? 'card') : ''}
${types.includes('card') ? cardFields(typed) : ''}
${types.includes('us_bank_account') ? bankFields(typed) : ''}
<label>Name<input name="name" autocomplete="cc-name" value="${typed['name'] ?? session.customer_details?.name ?? ''}"></label>
<button class="main">${verb}</button>
</form>
${session.cancel_url === null ? '' : markup`<p><a href="${session.cancel_url}">Back without ${isSetup ? 'saving' : 'paying'}</a></p>`}
${testNumbers(types)}
</main>`,
  );
}

function amountShown(session: Stripe.Checkout.Session, items: readonly Stripe.LineItem[]): Markup {
  const currency = session.currency ?? 'usd';
  return markup`<h1 class="amount">${money(session.amount_total ?? 0, currency)}</h1>
${items.map(({ description, amount_total: amount }) => markup`<p class="soft">${description ?? ''} · ${money(amount, currency)}</p>`)}`;
}

function choices(chosen: string): Markup {
  const choice = (value: string, label: string) =>
    markup`<label><input type="radio" name="method" value="${value}"${chosen === value ? markup` checked` : ''}>${label}</label>`;
  return markup`<fieldset><legend>Pay with</legend><div class="choices">${choice('card', 'Card')}${choice('us_bank_account', 'US bank account')}</div></fieldset>`;
}

function cardFields(typed: Typed): Markup {
  return markup`<fieldset class="card"><legend>Card</legend>
<label>Card number<input name="number" autocomplete="cc-number" inputmode="numeric" placeholder="4242 4242 4242 4242" maxlength="23"></label>
<div class="pair"><label>Expires<input name="exp" autocomplete="cc-exp" inputmode="numeric" placeholder="MM / YY" maxlength="9" value="${typed['exp'] ?? ''}"></label>
<label>Security code<input name="cvc" autocomplete="cc-csc" inputmode="numeric" placeholder="CVC" maxlength="4"></label></div>
</fieldset>`;
}

function bankFields(typed: Typed): Markup {
  const isCompany = typed['holder_type'] === 'company';
  return markup`<fieldset class="bank"><legend>US bank account</legend>
<label>Routing number<input name="routing" inputmode="numeric" autocomplete="off" placeholder="${testRouting}" maxlength="9" value="${typed['routing'] ?? ''}"></label>
<label>Account number<input name="account" inputmode="numeric" autocomplete="off" placeholder="000123456789" maxlength="17"></label>
<label>Account of<select name="holder_type"><option value="individual">a person</option><option value="company"${isCompany ? markup` selected` : ''}>a company</option></select></label>
<p class="soft">You authorise debits of this account, now and later, until you say otherwise.</p>
</fieldset>`;
}

function testNumbers(types: readonly string[]): Markup {
  return markup`<details><summary>Numbers to test with</summary>
<p class="soft">Any date in the future and any security code. The card <code>4000000000019994</code> is short of money as often as its security code says (002: twice), then good. Real cards are refused.</p>
${types.includes('card') ? listOf(cards) : ''}
${types.includes('us_bank_account') ? markup`<p class="soft">Routing number ${testRouting}:</p>${listOf(accounts)}` : ''}
</details>`;
}

function listOf(behaviours: readonly { readonly number: string; readonly name: string }[]): Markup {
  return markup`<div class="scroll"><table>${behaviours.map(({ number, name }) => markup`<tr><td><code>${number}</code></td><td>${name.replaceAll('_', ' ')}</td></tr>`)}</table></div>`;
}

/** A session that cannot be used any more. */
export function closedPage(session: Stripe.Checkout.Session): string {
  const isDone = session.status === 'complete';
  const back = isDone ? session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id) : session.cancel_url;
  return document(
    isDone ? 'Done already' : 'Expired',
    markup`<main><h1>${isDone ? 'This is done already.' : 'This page has expired.'}</h1>
<p>${isDone ? 'Nothing more was charged.' : 'Nothing was charged. Ask for a new link where you got this one.'}</p>
${back ? markup`<p><a href="${back}">Go back</a></p>` : ''}</main>`,
  );
}

export function receiptPage({ amount_received: amount, currency, description }: Stripe.PaymentIntent): string {
  return document(
    'Receipt',
    markup`<main><p><span class="badge">Sandbox: no real money moves</span></p><p>Paid</p><h1 class="amount">${money(amount, currency)}</h1><p class="soft">${description ?? ''}</p></main>`,
  );
}

export function money(cents: number, currency: string): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: currency.toUpperCase() }).format(cents / 100);
}
