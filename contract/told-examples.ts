// Examples whose figures belong together; a test holds them to their schemas.
import { problemExample } from './problems-page';

const exact = {
  listAmount: '57.020000000',
  volumeDiscount: '0.000000000',
  programDiscount: '5.702000000',
  creditsApplied: '30.000000000',
  amountDue: '21.318000000',
};
const line = { model: 'meta-llama/Llama-3-8B', version: '1.0.0', instanceType: 'A10Gx4x16' };
const figures = { activeMinutes: 2834, replicaMinutes: 2834, listAmount: '57.020000000' };
const phases = { deploying: 12, scaling_up: 8, serving: 2800, scaling_down: 14, idle: 120 };
const perMinute = '0.02012';
const ofInstanceType = {
  instanceType: line.instanceType,
  replicaMinutes: 2834,
  usdPerMinute: perMinute,
  listAmount: '57.020000000',
  phases,
};
const ofVersion = { version: line.version, ...figures, instanceTypes: [ofInstanceType] };

const bill = { ...exact, total: '21.32' };
const part = { period: '2025-01', late: false, ...exact };
const lines = [
  {
    kind: 'usage',
    description: 'meta-llama/Llama-3-8B 1.0.0 on A10Gx4x16',
    period: '2025-01',
    ...line,
    replicaMinutes: 2834,
    usdPerMinute: perMinute,
    amount: '57.02',
  },
  { kind: 'program_discount', description: 'Education, 10 %', period: '2025-01', amount: '-5.70' },
  { kind: 'credit', description: 'Credits: welcome', period: '2025-01', amount: '-30.00' },
];
const stated = { workspace: 'acme', period: '2025-01', currency: 'USD', lines, bill, parts: [part] };
const seller = { name: 'Example Platform Ltd.', addressLines: ['1 Seller Street', 'London'], taxIds: ['GB123456789'] };
const buyer = { name: 'Acme GmbH', emails: ['billing@acme.example'] };
const heldGrant = {
  key: 'welcome',
  kind: 'free',
  amount: '30.000000000',
  remaining: '30.000000000',
  validFrom: '2025-01-01T00:00:00Z',
  validUntil: null,
  priority: 100,
  createdAt: '2025-01-01T00:00:00Z',
  pending: '12.345000000',
  status: 'active',
  lost: '0.000000000',
};

const told = {
  type: 'invoice.paid',
  timestamp: '2025-02-03T09:12:44Z',
  data: {
    workspace: 'acme',
    invoice: 'inv:acme:2025-01:usage:1',
    number: 'acme-0001',
    period: '2025-01',
    total: '21.32',
    paid: '21.32',
    credited: '0.00',
    url: '/v1/invoices/inv:acme:2025-01:usage:1',
  },
};

/** By the name of the component. */
export const toldExamples: { readonly [name: string]: unknown } = {
  AuditEntry: {
    id: 7201,
    at: '2025-01-31T23:59:00Z',
    actor: 'admin:back office',
    action: 'workspace.changed',
    workspace: 'acme',
    before: { billingEmail: 'old@acme.example' },
    after: { billingEmail: 'billing@acme.example' },
  },
  Bill: bill,
  BillPart: part,
  InvoiceLine: lines[0],
  InstanceTypeUsage: ofInstanceType,
  VersionUsage: ofVersion,
  ModelUsage: { model: line.model, ...figures, versions: [ofVersion] },
  PriceEntry: { instanceType: 'A10Gx4x16', usdPerMinute: perMinute, effectiveFrom: '2025-01-01T00:00:00Z' },
  Price: { instanceType: 'A10Gx4x16', usdPerMinute: perMinute, effectiveFrom: '2025-01-01T00:00:00Z' },
  WorkspaceEntry: {
    name: 'Acme',
    billingEmail: 'billing@acme.example',
    startsAt: '2025-01-01T00:00:00Z',
    billing: {
      name: 'Acme GmbH',
      address: { line1: '1 Example Street', city: 'Berlin', postalCode: '10115', country: 'DE' },
      taxId: 'DE123456789',
    },
  },
  TermsEntry: {
    effectiveFrom: '2025-02-01T00:00:00Z',
    plan: 'pro',
    volumeTiers: [
      { upTo: '10000', percent: 0 },
      { upTo: null, percent: 12.5 },
    ],
    programDiscount: { kind: 'education', percent: 10 },
    collection: 'invoice',
    netDays: 30,
  },
  Terms: {
    effectiveFrom: '2025-02-01T00:00:00Z',
    plan: 'pro',
    volumeTiers: [
      { upTo: '10000', percent: 0 },
      { upTo: null, percent: 12.5 },
    ],
    programDiscount: { kind: 'education', percent: 10 },
    billablePhases: ['deploying', 'scaling_up', 'serving', 'scaling_down'],
    collection: 'invoice',
    netDays: 30,
  },
  GrantEntry: {
    key: 'welcome',
    kind: 'goodwill',
    amount: '30',
    validFrom: '2025-01-01T00:00:00Z',
    validUntil: '2025-07-01T00:00:00Z',
  },
  CorrectionEntry: {
    key: 'outage-2025-01-17',
    reason: 'The model answered nothing.',
    as: 'credits',
    void: [{ model: line.model, from: '2025-01-17T08:00:00Z', to: '2025-01-17T09:30:00Z' }],
  },
  Invoice: {
    id: 'inv:acme:2025-01:usage:1',
    number: 'acme-0001',
    status: 'issued',
    issuedAt: '2025-02-01T00:10:00Z',
    dueAt: '2025-03-03T00:10:00Z',
    collection: 'invoice',
    seller,
    buyer,
    closedBecause: 'complete',
    ...stated,
    paid: '0.00',
    returned: '0.00',
    refunded: '0.00',
    credited: '0.00',
    writtenOff: '0.00',
    remaining: '21.32',
    toRefund: '0.00',
  },
  UpcomingInvoice: { status: 'upcoming', ...stated, writtenOff: '0.00' },
  HeldGrant: heldGrant,
  Credits: {
    grants: [heldGrant],
    remaining: '30.000000000',
    pending: '12.345000000',
    available: '17.655000000',
    burnPerHour: '1.207200000',
    hoursLeft: 14,
    level: 'ok',
    draws: [],
  },
  KeyEntry: { role: 'platform', name: 'cluster-eu', expiresAt: '2026-01-01T00:00:00Z' },
  Problem: problemExample('conflict'),
  InvoicePaidEvent: told,
  WebhookEvent: {
    id: 'evt_0123456789abcdef0123456789abcdef',
    type: told.type,
    workspace: 'acme',
    at: told.timestamp,
    payload: told,
  },
  Gate: {
    allowed: false,
    reason: 'credits_exhausted',
    message: 'The credits are used up: add a payment method to go on.',
  },
};
