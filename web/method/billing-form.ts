// The billing details as a form has them, and the change that a filled-in form asks for.
import type { BillingEntry } from '../../contract/billing';
import type { Answer } from '../../contract/operations';
import type { Failure } from '../data/answered';

const fieldNames = [
  'name',
  'line1',
  'line2',
  'city',
  'region',
  'postalCode',
  'country',
  'taxId',
  'purchaseOrder',
  'emails',
] as const;
export type FieldName = (typeof fieldNames)[number];
type Filled = { readonly [name in FieldName]: string };

export function filledWith({ billing }: Pick<Answer<'getWorkspace'>, 'billing'>): Filled {
  const { name = '', address, taxId = '', purchaseOrder = '', emails = [] } = billing;
  const { line1 = '', line2 = '', city = '', region = '', postalCode = '', country = '' } = address ?? {};
  return { name, line1, line2, city, region, postalCode, country, taxId, purchaseOrder, emails: emails.join('\n') };
}

/** What is left empty is cleared. An address is kept as a whole: one without anything is none. */
export function entryOf(filled: Filled): BillingEntry {
  const { name, line1, line2, city, region, postalCode, country, taxId, purchaseOrder, emails } = trimmed(filled);
  const address = { line1, line2: orNull(line2), city, region: orNull(region), postalCode, country };
  const hasAddress = [line1, line2, city, region, postalCode, country].some((part) => part !== '');
  return {
    name: orNull(name),
    address: hasAddress ? address : null,
    taxId: orNull(taxId),
    purchaseOrder: orNull(purchaseOrder),
    emails: emails.split(/[\s,;]+/).filter((email) => email !== ''),
  };
}

const orNull = (text: string): string | null => (text === '' ? null : text);

function trimmed(filled: Filled): Filled {
  return Object.fromEntries(Object.entries(filled).map(([name, text]) => [name, text.trim()])) as Filled;
}

/** Which field of the form a fault of the API is about: `address.city`, `emails[1]`. */
export function fieldOf(fault: { readonly field: string }): FieldName | undefined {
  const last = fault.field.replace(/^(billing\.)?(address\.)?/, '').replace(/[[.].*$/, '');
  return fieldNames.find((name) => name === last);
}

/** What is wrong with each field, in a customer's words. Faults of no field are left out: the problem says those itself. */
export function faultsOf(failure: Failure, filled: Filled): ReadonlyMap<FieldName, string> {
  const faults = failure.kind === 'refused' ? (failure.problem.faults ?? []) : [];
  const fields = faults.map(fieldOf).filter((field) => field !== undefined);
  return new Map(fields.map((field) => [field, wrongWith(field, filled[field])]));
}

function wrongWith(field: FieldName, text: string): string {
  if (field === 'country') return 'Please choose a country.';
  if (text.trim() === '') return 'Please fill this in.';
  if (field === 'emails') return 'Each line has to be an address such as billing@example.com, and there may be five.';
  return 'This is too long.';
}
