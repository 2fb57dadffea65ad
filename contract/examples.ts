// An example of every schema, put together from those of its parts. A schema that says `examples` itself is taken at its word.
import { KindGuard, type TObject, type TSchema } from '@sinclair/typebox';
import { toldExamples } from './told-examples';

// What the parts are called. A name within a component goes before a name anywhere.
const texts: { readonly [name: string]: unknown } = {
  'Invoice.id': 'inv:acme:2025-01:usage:1',
  'CreditNote.id': 'cn:acme:1',
  'CreditNote.number': 'acme-CN-0001',
  'InvoiceLine.description': 'meta-llama/Llama-3-8B 1.0.0 on A10Gx4x16, 60 minutes',
  'CreditNoteLine.description': 'meta-llama/Llama-3-8B 1.0.0 on A10Gx4x16, 10 minutes',
  'Seller.name': 'Example Platform Ltd.',
  'Address.line1': '1 Example Street',
  'PaymentEntry.reference': 'bank transfer 4711',
  'Payment.id': 'pi_3Example',
  'Payment.reference': 'bank transfer 4711',
  'RefundEntry.reference': 're_1Example',
  'GrantEntry.key': 'welcome',
  'Grant.key': 'welcome',
  'HeldGrant.key': 'welcome',
  'Correction.key': 'outage-2025-01-17',
  'CreditNote.key': 'outage-2025-01-17',
  'Credits.hoursLeft': 31,
  'CreditMovement.at': '2025-02-01T00:10:00Z',
  'Key.name': 'cluster-eu',
  'NewKey.name': 'cluster-eu',
  'RotatedKey.name': 'cluster-eu',
  'KeyEntry.name': 'cluster-eu',
  'NewKey.key': 'shown this once',
  'RotatedKey.key': 'shown this once',
  actor: 'admin:back office',
  address: 'billing@acme.example',
  addressLines: '1 Seller Street',
  amount: '12.35',
  basis: 'the last 7 days',
  billingEmail: 'billing@acme.example',
  city: 'Berlin',
  code: '550 5.1.1',
  creditNote: 'cn:acme:1',
  creditNoteNumber: 'acme-CN-0001',
  datacontenttype: 'application/json',
  description: 'what it is for',
  detail: 'what was expected, what came, what to do',
  email: 'billing@acme.example',
  endsWhen: 'a payment method is added, or credits are given',
  emails: 'billing@acme.example',
  field: 'amount',
  invoice: 'inv:acme:2025-01:usage:1',
  key: 'k-2025-01',
  lastError: 'connect ECONNREFUSED 10.0.0.7:5432',
  line2: 'Floor 3',
  logo: '/billing/logo-1a2b3c.svg',
  madeBy: 'admin:back office',
  message: 'The credits are used up: add a payment method to go on.',
  name: 'Acme',
  'Invoice.number': 'acme-0001',
  next: 'YWNtZQ',
  number: 'acme-0001',
  payment: 'pi_3Example',
  plan: 'pro',
  postalCode: '10115',
  prefix: 'its first letters',
  purchaseOrder: 'PO-4711',
  reason: 'The model answered nothing.',
  recipient: 'bounce-1a2b@mail.example.com',
  reference: 'bank transfer 4711',
  refund: 'goodwill-2025-01',
  region: 'Berlin',
  returnUrl: 'https://app.example.com/billing',
  taxId: 'DE123456789',
  taxIds: 'GB123456789',
  title: 'This contradicts what is already there',
  type: 'https://minutebook.dev/problems/conflict',
  whatToDo: 'Look at the log of the workers.',
  why: 'connect ECONNREFUSED 10.0.0.7:5432',
  url: 'https://billing.example.com/billing/enter/Wm9v1h8x7c6b5n4m3l2k1j0h9g8f7d6s5a4q3w2e1r0',
};

// What a place says better than the schema that stands in many.
const named: { readonly [name: string]: string } = {
  version: '1.0.0',
  instanceType: 'A10Gx4x16',
  replica: 'llama-7f9c-0',
  source: 'cluster-eu',
  from: '2025-01-17T08:00:00Z',
  to: '2025-01-17T10:00:00Z',
  validFrom: '2025-01-01T00:00:00Z',
  validUntil: '2025-07-01T00:00:00Z',
  createdAt: '2025-01-01T00:00:00Z',
  madeAt: '2025-01-17T11:00:00Z',
  startsAt: '2025-01-01T00:00:00Z',
  endsAt: '2025-02-01T00:00:00Z',
  issuedAt: '2025-02-01T00:10:00Z',
  dueAt: '2025-03-03T00:10:00Z',
  expiresAt: '2026-01-01T00:00:00Z',
  until: '2025-02-08T00:00:00Z',
};

/** Something that a schema allows; undefined where there is nothing to show, as of a file. */
export function exampleOf(schema: TSchema | undefined, name = ''): unknown {
  if (schema === undefined) return undefined;
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (KindGuard.IsUnion(schema) && !('examples' in schema)) return exampleOf(schema.anyOf[0], name);
  const byName = name.includes('.') ? texts[name] : named[name];
  const told = toldExamples[schema.$id ?? ''] ?? byName ?? (schema.examples as readonly unknown[] | undefined)?.[0];
  if (told !== undefined) return told;
  if (KindGuard.IsArray(schema)) return [exampleOf(schema.items, name)];
  if (KindGuard.IsObject(schema)) return objectOf(schema);
  return plainOf(schema, name);
}

// What is sent shows all that it may hold; what is answered, what it always holds.
function objectOf(schema: TObject): object {
  const { properties, $id } = schema;
  const isSent = schema.additionalProperties === false;
  const shown = Object.entries(properties).filter(([, field]) => isSent || !KindGuard.IsOptional(field));
  return Object.fromEntries(
    shown.map(([name, field]) => [name, exampleOf(field, `${$id}.${name}` in texts ? `${$id}.${name}` : name)]),
  );
}

function plainOf(schema: TSchema, name: string): unknown {
  switch (schema['type']) {
    case 'string':
      return texts[name] ?? name;
    case 'integer':
    case 'number':
      return schema['default'] ?? Math.max(schema['minimum'] ?? 1, Math.min(1, schema['maximum'] ?? 1));
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return undefined;
  }
}
