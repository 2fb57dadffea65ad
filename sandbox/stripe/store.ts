// What the emulator knows: one map an object type, every change also a line of the journal. Kept values are never altered
// in place: a change is a new value put under the old id.

import type Stripe from 'stripe';
import type { Instrument, Override } from './behaviours/instruments';
import type { Due } from './due';
import { type Journal, openJournal } from './journal';
import type { KeptAnswer } from './protocol/idempotency';
import type { Values } from './protocol/parameters';
import type { intentData } from './resources/checkout-parameters';
import type { Delivery } from './webhooks/deliveries';

export type Tables = {
  customers: Stripe.Customer;
  paymentMethods: Stripe.PaymentMethod;
  setupIntents: Stripe.SetupIntent;
  paymentIntents: Stripe.PaymentIntent;
  sessions: Stripe.Checkout.Session;
  charges: Stripe.Charge;
  refunds: Stripe.Refund;
  disputes: Stripe.Dispute;
  balanceTransactions: Stripe.BalanceTransaction;
  mandates: Stripe.Mandate;
  events: Stripe.Event;
  /** With its secret, which is shown only at creation. */
  endpoints: Stripe.WebhookEndpoint;
  /** Of Checkout, by session, and what its PaymentIntent will be made with. */
  lineItems: {
    readonly id: string;
    readonly items: readonly Stripe.LineItem[];
    readonly intentData: Values<typeof intentData>;
  };
  /** What an answer does not tell of a payment method: how it behaves. */
  instruments: Instrument;
  overrides: Override;
  due: Due;
  answers: KeptAnswer;
  deliveries: Delivery;
  settings: { readonly id: string; readonly value: string };
};

export type Table = keyof Tables;

export type Store = {
  get<T extends Table>(table: T, id: string): Tables[T] | undefined;
  /** Oldest first. */
  all<T extends Table>(table: T): readonly Tables[T][];
  /** The oldest. */
  first<T extends Table>(table: T): Tables[T] | undefined;
  count(table: Table): number;
  put<T extends Table>(table: T, value: Tables[T]): Tables[T];
  remove(table: Table, id: string): void;
  /** Writes what changed since the last time. Whoever answers calls it first. */
  commit(): void;
  close(): void;
};

const names: Readonly<Record<Table, true>> = {
  ...{ customers: true, paymentMethods: true, setupIntents: true, paymentIntents: true, sessions: true, charges: true },
  ...{ refunds: true, disputes: true, balanceTransactions: true, mandates: true, events: true, endpoints: true },
  ...{
    lineItems: true,
    instruments: true,
    overrides: true,
    due: true,
    answers: true,
    deliveries: true,
    settings: true,
  },
};

type Maps = { readonly [T in Table]: Map<string, Tables[T]> };

/** In memory only where no directory is given. */
export function openStore(directory: string | undefined): Store {
  const maps = emptyMaps();
  const journal: Journal | undefined = directory === undefined ? undefined : openJournal(directory, maps);
  let lines: string[] = [];
  const note = (line: readonly unknown[]) => {
    if (journal !== undefined) lines.push(JSON.stringify(line));
  };
  return {
    get: (table, id) => maps[table].get(id),
    all: (table) => [...maps[table].values()],
    first: (table) => maps[table].values().next().value,
    count: (table) => maps[table].size,
    put: (table, value) => {
      maps[table].set(value.id, value);
      note([table, value]);
      return value;
    },
    remove: (table, id) => {
      if (maps[table].delete(id)) note([table, id]);
    },
    commit: () => {
      if (lines.length === 0) return;
      journal?.append(lines);
      lines = [];
    },
    close: () => journal?.close(),
  };
}

function emptyMaps(): Maps {
  return Object.fromEntries(Object.keys(names).map((name) => [name, new Map()])) as unknown as Maps;
}
