// What a workspace wants on its invoices: kept where it is left out, so that a platform's nightly sync does not wipe what
// the customer wrote, and cleared by null.
import { Type } from '@sinclair/typebox';
import type { BillingChange } from '../domain/parties';
import { clearable, type Read, readAs } from './reading';
import { Country, Email, line } from './scalars';
import { answer, entry, leavable, optional, said, type Wire } from './shape';

const AddressEntry = Type.Object(
  {
    line1: line(200),
    line2: leavable(line(200)),
    city: line(100),
    region: leavable(line(100)),
    postalCode: line(20),
    country: Country,
  },
  { additionalProperties: false, description: 'taken as a whole: half of it is not kept' },
);

const Emails = Type.Array(Email, {
  maxItems: 5,
  uniqueItems: true,
  description: 'receive invoices beside billingEmail',
});

export const BillingEntry = entry(
  'BillingEntry',
  {
    name: clearable(said("as invoices have it; without it they have the workspace's", line(200))),
    address: clearable(AddressEntry),
    taxId: clearable(said('as it is printed, such as VAT DE123456789', line(50))),
    purchaseOrder: clearable(line(100)),
    emails: clearable(Emails),
  },
  { description: 'What is left out is kept, null clears it. It goes on the invoices issued from then on.' },
);
export type BillingEntry = Wire<typeof BillingEntry>;

/** Reads the body of PATCH /v1/workspaces/{workspace}/billing. Throws `invalid_request` with every fault. */
export function readBillingEntry(body: unknown): BillingChange {
  return billingChangeOf(readAs(BillingEntry, body, { what: 'the billing details are' }));
}

export function billingChangeOf({ address, emails, ...sent }: Read<typeof BillingEntry>): BillingChange {
  return {
    ...sent,
    ...(address === undefined ? {} : { address: address && { line2: null, region: null, ...address } }),
    ...(emails === undefined ? {} : { emails: emails ?? [] }),
  };
}

export const Address = answer('Address', {
  line1: line(200),
  line2: optional(line(200)),
  city: line(100),
  region: optional(line(100)),
  postalCode: line(20),
  country: Country,
});
export type Address = Wire<typeof Address>;

const details = {
  address: optional(Address),
  taxId: optional(line(50)),
  purchaseOrder: optional(line(100)),
};

export const Billing = answer('Billing', { name: optional(line(200)), ...details, emails: optional(Emails) });
export type Billing = Wire<typeof Billing>;

export const Seller = answer('Seller', {
  name: Type.String(),
  addressLines: Type.Array(Type.String()),
  email: optional(Type.String()),
  taxIds: Type.Array(Type.String()),
  footer: optional(Type.String()),
});
export type Seller = Wire<typeof Seller>;

export const Buyer = answer('Buyer', {
  name: line(200),
  ...details,
  emails: Type.Array(Email, { description: 'all that the invoice goes to' }),
});
export type Buyer = Wire<typeof Buyer>;
