import { countryCodes, countryName } from '../../domain/countries';
import { buyerOf, changeBilling, noBilling } from '../../domain/parties';

const address = { line1: 'Street 1', line2: null, city: 'Berlin', region: null, postalCode: '10115', country: 'DE' };
const stored = { ...noBilling, name: 'Acme GmbH', address, emails: ['ap@acme.example'] };

test('a change keeps what it leaves out, and null clears', () => {
  expect(changeBilling(stored, { taxId: 'VAT DE1', name: null })).toEqual({ ...stored, taxId: 'VAT DE1', name: null });
  expect(changeBilling(stored, {})).toEqual(stored);
  expect(changeBilling(stored, null)).toEqual(noBilling);
});

test("the buyer has the workspace's name where there is no other, and each e-mail once", () => {
  const customer = { name: 'Acme', billingEmail: 'Billing@acme.example' };
  expect(buyerOf({ ...customer, billing: noBilling })).toEqual({
    name: 'Acme',
    address: null,
    taxId: null,
    purchaseOrder: null,
    emails: ['Billing@acme.example'],
  });
  const billing = { ...stored, emails: ['billing@ACME.example', 'ap@acme.example'] };
  expect(buyerOf({ ...customer, billing })).toMatchObject({
    name: 'Acme GmbH',
    address,
    emails: ['Billing@acme.example', 'ap@acme.example'],
  });
});

test('every country has a name of its own', () => {
  expect(countryCodes).toHaveLength(249);
  expect(new Set(countryCodes.map(countryName)).size).toBe(249);
  expect(countryName('CI')).toBe('Côte d’Ivoire');
});
