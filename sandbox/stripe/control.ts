// The switches of whoever tests: JSON at /_emulator/…, or the same as forms from the viewer.

import type { Decline } from './behaviours/declines';
import { accountOfNumber, cardOfNumber, type Override } from './behaviours/instruments';
import { readFault } from './faults';
import { happenings } from './happenings';
import { Misuse } from './misuse';
import type { Asked, Page, Served } from './server';
import { tick } from './ticking';
import type { Delivery } from './webhooks/deliveries';
import { readDisorder } from './webhooks/disorder';
import { fingerprintOf, type World } from './world';

export type Body = Readonly<Record<string, unknown>>;

export type Switch = (served: Served, body: Body, id: string) => object;

const switches: Readonly<Record<string, Switch>> = {
  'GET /_emulator/faults': ({ api }) => ({ items: api.faults.list() }),
  'POST /_emulator/faults': ({ api }, body) => {
    const fault = readFault(body);
    if (typeof fault === 'string') throw new Misuse(fault);
    api.faults.add(fault);
    return { items: api.faults.list() };
  },
  'DELETE /_emulator/faults': ({ api }) => {
    api.faults.clear();
    return { items: [] };
  },
  'POST /_emulator/advance': advance,
  'GET /_emulator/calls': ({ api }) => api.calls.report(),
  'GET /_emulator/state': state,
  'GET /_emulator/webhooks': ({ sender }) => sender.disorder(),
  'POST /_emulator/webhooks': ({ sender }, body) => {
    const disorder = readDisorder(sender.disorder(), body);
    if (typeof disorder === 'string') throw new Misuse(disorder);
    sender.setDisorder(disorder);
    return disorder;
  },
  'POST /_emulator/cards': orderDecline,
  ...happenings,
};

export function controlAnswer(served: Served, asked: Asked): Page | undefined {
  const found = findSwitch(asked);
  if (found === undefined) return undefined;
  const isForm = asked.type.startsWith('application/x-www-form-urlencoded');
  try {
    const answer = found.run(served, bodyOf(asked, isForm), found.id);
    if (isForm) return { status: 303, headers: { location: asked.referer } };
    return { status: 200, type: 'application/json', body: JSON.stringify(answer) };
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    const body = JSON.stringify({ status: error.status, title: 'Not valid', detail: error.message });
    return { status: error.status, type: 'application/problem+json', body };
  }
}

function findSwitch({ method, pathname }: Asked): { readonly run: Switch; readonly id: string } | undefined {
  const parts = pathname.split('/');
  for (const [name, run] of Object.entries(switches)) {
    const [verb, pattern = ''] = name.split(' ');
    const words = pattern.split('/');
    const isMatch = words.length === parts.length && words.every((word, at) => word === ':id' || word === parts[at]);
    if (verb === method && isMatch) return { run, id: parts[words.indexOf(':id')] ?? '' };
  }
  return undefined;
}

function bodyOf({ method, body }: Asked, isForm: boolean): Body {
  if (method !== 'POST') return {};
  if (isForm) return Object.fromEntries([...new URLSearchParams(body)].map(([name, value]) => [name, typedOf(value)]));
  try {
    const parsed: unknown = body === '' ? {} : JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Body;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Misuse('expected a JSON object');
}

function typedOf(value: string): string | number | boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^\d{1,9}$/.test(value) ? Number(value) : value;
}

const secondsMax = 400 * 86_400;

function advance(served: Served, { seconds }: Body): object {
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > secondsMax) {
    throw new Misuse(`seconds must be a whole number from 0 to ${secondsMax}, came ${JSON.stringify(seconds)}`);
  }
  const { clock, store } = served.api.world;
  clock.putAhead(seconds * 1000);
  store.put('settings', { id: 'aheadMs', value: String(clock.aheadMs()) });
  tick(served.api.world);
  return { now: clock.now() };
}

function state({ api }: Served): object {
  const { store, clock } = api.world;
  const tables = [
    ...(['customers', 'paymentMethods', 'setupIntents', 'paymentIntents', 'sessions', 'charges', 'refunds'] as const),
    ...(['disputes', 'balanceTransactions', 'mandates', 'events', 'endpoints', 'deliveries', 'due'] as const),
  ];
  const counts = Object.fromEntries(tables.map((table) => [table, store.count(table)]));
  const webhooks = deliveriesOf(api.world);
  return { now: clock.now(), counts, webhooks, calls: api.calls.report(), faults: api.faults.list() };
}

function deliveriesOf({ store }: World): object {
  const all = store.all('deliveries');
  const count = (wanted: Delivery['state']) => all.filter(({ state: now }) => now === wanted).length;
  const tries = all.reduce((sum, each) => sum + each.tries, 0);
  return { pending: count('pending'), delivered: count('delivered'), failed: count('failed'), tries };
}

const declineFields = ['code', 'decline_code', 'advice_code', 'network_decline_code', 'network_advice_code'];

/** `{number | paymentMethod, decline, times?}`: how a card, or one payment method, is answered from now on. */
function orderDecline({ api: { world } }: Served, body: Body): object {
  const unknown = Object.keys(body).filter((name) => !['number', 'paymentMethod', 'decline', 'times'].includes(name));
  if (unknown.length > 0) throw new Misuse(`unknown: ${unknown.join(', ')}`);
  const { times = null } = body;
  if (times !== null && (typeof times !== 'number' || !Number.isInteger(times) || times < 1)) {
    throw new Misuse(`times must be a whole number from 1, came ${JSON.stringify(times)}`);
  }
  const override: Override = { id: targetOf(world, body), decline: declineOf(body['decline']), timesLeft: times };
  world.store.put('overrides', override);
  return override;
}

function targetOf(world: World, { number, paymentMethod }: Body): string {
  if (typeof paymentMethod === 'string' && number === undefined) {
    if (world.store.get('paymentMethods', paymentMethod) !== undefined) return paymentMethod;
    throw new Misuse(`there is no payment method ${paymentMethod}`, 404);
  }
  const digits = typeof number === 'string' ? number.replaceAll(' ', '') : '';
  const known = cardOfNumber(digits) ?? accountOfNumber(digits);
  if (paymentMethod === undefined && known !== undefined) return fingerprintOf(world, digits);
  throw new Misuse('expected either the number of a test card or account, as text, or paymentMethod, such as "pm_1…"');
}

function declineOf(value: unknown): Decline | null {
  if (value === null) return null;
  const isObject = typeof value === 'object' && value !== undefined;
  const entries = isObject ? Object.entries(value as object) : [];
  const isRight = entries.every(([name, text]) => declineFields.includes(name) && typeof text === 'string');
  if (isObject && isRight && 'code' in (value as object)) return value as Decline;
  throw new Misuse(`decline must be null or have code and, as text, ${declineFields.slice(1).join(', ')}`);
}
