// Who sells and who buys, as an invoice names them. Both are stored with it at its issue and never change.

/** Who sells, out of the settings. */
export type Seller = {
  readonly name: string;
  /** As they stand on a letter, the country last. */
  readonly addressLines: readonly string[];
  readonly email?: string;
  /** Each with its own label, such as `VAT DE123456789`. */
  readonly taxIds: readonly string[];
  /** One line at the foot of every page. */
  readonly footer?: string;
};

export type Address = {
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
};

/** What a workspace wants on its invoices, and who else gets them. */
export type Billing = {
  /** Null: the workspace's own. */
  readonly name: string | null;
  readonly address: Address | null;
  readonly taxId: string | null;
  readonly purchaseOrder: string | null;
  /** Those that receive beside the billing e-mail. */
  readonly emails: readonly string[];
};

export const noBilling: Billing = { name: null, address: null, taxId: null, purchaseOrder: null, emails: [] };

/** What is left out is kept. */
export type BillingChange = Partial<Billing>;

/** The billing details after a change; null clears all of them. An address is changed as a whole: half of it is none. */
export function changeBilling(stored: Billing, change: BillingChange | null): Billing {
  return change === null ? noBilling : { ...stored, ...change };
}

/** Who buys, as it was at issue. */
export type Buyer = Omit<Billing, 'name'> & { readonly name: string };

type Customer = { readonly name: string; readonly billingEmail: string; readonly billing: Billing };

/** The buyer that a workspace is at this moment. Its e-mails are all that the invoice goes to, each once. */
export function buyerOf({ name, billingEmail, billing }: Customer): Buyer {
  const { address, taxId, purchaseOrder, emails } = billing;
  return { name: billing.name ?? name, address, taxId, purchaseOrder, emails: eachOnce([billingEmail, ...emails]) };
}

function eachOnce(emails: readonly string[]): readonly string[] {
  const known = new Map<string, string>();
  for (const email of emails) if (!known.has(email.toLowerCase())) known.set(email.toLowerCase(), email);
  return [...known.values()];
}
