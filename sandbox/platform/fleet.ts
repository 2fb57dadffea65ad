// The customers of the simulated platform and what they run: each shows another side of billing.

import type { TermsEntry } from '../../contract/terms';
import type { WorkspaceEntry } from '../../contract/workspaces';
import type { Typed } from './checkout';

/** A model, and how many replicas of it are wanted by the time of day (UTC). */
export type ModelPlan = {
  readonly model: string;
  readonly instanceType: string;
  /** Replicas at night, and at the height of the day. */
  readonly replicasMin: number;
  readonly replicasMax: number;
  /** The hours of its day, give or take one: from 1 to 23, so that a day never reaches into another. */
  readonly opensAt: number;
  readonly closesAt: number;
  readonly weekends: boolean;
  /** Replicas that stay on outside its hours are warm and without traffic. */
  readonly idlesOutsideHours: boolean;
  /** How much the height of the day grows in 30 days, in percent of its first. */
  readonly growthPercent: number;
  readonly releasedEveryDays: number;
};

export type Customer = {
  readonly workspace: string;
  readonly entry: Omit<WorkspaceEntry, 'startsAt'>;
  readonly terms: Omit<TermsEntry, 'effectiveFrom'>;
  /** What is typed on the Stripe emulator's page at the beginning; nothing is on file where it is left out. */
  readonly paysWith?: Typed;
  readonly models: readonly ModelPlan[];
  /** Instead of the free credits so much is given, and this model deployed once the past is reported. */
  readonly trial?: { readonly credits: string; readonly model: string; readonly instanceType: string };
};

const card = { method: 'card', exp: '12 / 34', name: 'Ada Example' };

const allWeek = { weekends: true, idlesOutsideHours: false, growthPercent: 0, releasedEveryDays: 24 };
const weekdays = { ...allWeek, weekends: false };

export const customers: readonly Customer[] = [
  {
    // About $0.21 a day: after the two past months, around half of the free $30 is left, and weeks to go.
    workspace: 'free-hobby',
    entry: { name: 'Hobby project', billingEmail: 'maker@hobby.example' },
    terms: { plan: 'free' },
    models: [{ model: 'story-writer', instanceType: '1x4', ...hours(18, 22), ...replicas(0, 1), ...allWeek }],
  },
  {
    workspace: 'paying-growth',
    entry: { name: 'Growing start-up', billingEmail: 'finance@growth.example' },
    terms: { plan: 'growth' },
    // Short of money twice, as its security code says, and then good.
    paysWith: { ...card, number: '4000000000019994', cvc: '002' },
    models: [
      {
        model: 'chat-7b',
        instanceType: 'A10Gx8x32',
        ...hours(7, 21),
        ...replicas(1, 3),
        ...allWeek,
        growthPercent: 50,
      },
      {
        model: 'embedder',
        instanceType: 'T4x8x32',
        ...hours(8, 20),
        ...replicas(0, 2),
        ...weekdays,
        growthPercent: 50,
      },
      {
        model: 'reranker',
        instanceType: 'L4:4x16',
        ...hours(6, 22),
        ...replicas(1, 1),
        ...allWeek,
        idlesOutsideHours: true,
      },
    ],
  },
  {
    // About $70,000 a month at list price: three of the four tiers are reached.
    workspace: 'enterprise-volume',
    entry: {
      name: 'Large enterprise',
      billingEmail: 'accounts-payable@enterprise.example',
      billing: {
        name: 'Large Enterprise Holdings, Inc.',
        address: {
          line1: '500 Market Street',
          line2: 'Floor 31',
          city: 'San Francisco',
          region: 'CA',
          postalCode: '94105',
          country: 'US',
        },
        purchaseOrder: 'PO-2025-0117',
        emails: ['procurement@enterprise.example'],
      },
    },
    terms: {
      plan: 'enterprise',
      volumeTiers: [
        { upTo: '10000', percent: 0 },
        { upTo: '50000', percent: 10 },
        { upTo: '250000', percent: 20 },
        { upTo: null, percent: 30 },
      ],
      collection: 'invoice',
      netDays: 30,
    },
    models: [
      { model: 'assistant-70b', instanceType: 'H100:4', ...hours(6, 20), ...replicas(2, 4), ...allWeek },
      { model: 'search-embeddings', instanceType: 'A100:2x24x288', ...hours(7, 19), ...replicas(1, 2), ...allWeek },
      { model: 'moderation', instanceType: 'L4:4x16', ...hours(5, 22), ...replicas(2, 5), ...allWeek },
      { model: 'nightly-batch', instanceType: 'H200:8', ...hours(1, 5), ...replicas(0, 1), ...allWeek },
    ],
  },
  {
    workspace: 'university',
    entry: {
      name: 'University',
      billingEmail: 'research-computing@university.example',
      billing: {
        name: 'Universität Freiberg · Πανεπιστήμιο',
        address: { line1: 'Akademiestraße 6', city: 'Freiberg', postalCode: '09599', country: 'DE' },
        taxId: 'VAT DE888888888',
      },
    },
    terms: { plan: 'education', programDiscount: { kind: 'education', percent: 50 } },
    paysWith: {
      method: 'us_bank_account',
      routing: '110000000',
      account: '000123456789',
      name: 'University',
      holder_type: 'company',
    },
    models: [
      { model: 'protein-folding', instanceType: 'A100:12x144', ...hours(8, 19), ...replicas(0, 3), ...weekdays },
      { model: 'thesis-helper', instanceType: 'A10Gx4x16', ...hours(9, 22), ...replicas(0, 2), ...allWeek },
    ],
  },
  {
    workspace: 'nonprofit',
    entry: { name: 'Relief organisation', billingEmail: 'office@nonprofit.example' },
    terms: { plan: 'nonprofit', programDiscount: { kind: 'nonprofit', percent: 20 } },
    // The bank wants its holder to be there, every time.
    paysWith: { ...card, number: '4000002760003184', cvc: '123' },
    models: [
      { model: 'relief-translator', instanceType: 'T4x4x16', ...hours(5, 21), ...replicas(1, 2), ...allWeek },
      { model: 'flood-forecast', instanceType: '16x64', ...hours(4, 7), ...replicas(0, 1), ...allWeek },
    ],
  },
  {
    // $1.00 a minute: gone within two minutes, for whoever wants to see what happens then.
    workspace: 'trial-ending',
    entry: { name: 'Trial about to end', billingEmail: 'curious@trial.example' },
    terms: { plan: 'trial' },
    models: [],
    trial: { credits: '2', model: 'image-maker', instanceType: 'H200:8' },
  },
];

function hours(opensAt: number, closesAt: number) {
  return { opensAt, closesAt };
}

function replicas(replicasMin: number, replicasMax: number) {
  return { replicasMin, replicasMax };
}
