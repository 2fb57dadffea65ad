import { entryOf, fieldOf, filledWith } from '../../web/method/billing-form';

const empty = filledWith({ billing: {} });

describe('the form of the billing details', () => {
  test('clears what is left empty, an address as a whole', () => {
    expect(entryOf(empty)).toEqual({ name: null, address: null, taxId: null, purchaseOrder: null, emails: [] });
  });

  test('sends half an address as it is, so that the API says what is missing', () => {
    const address = { line1: '1 Long Road', line2: null, city: '', region: null, postalCode: '', country: '' };
    expect(entryOf({ ...empty, line1: ' 1 Long Road ' }).address).toEqual(address);
  });

  test('takes addresses of e-mail however they are set apart', () => {
    expect(entryOf({ ...empty, emails: 'a@x.example, b@x.example\n c@x.example;' }).emails).toEqual([
      'a@x.example',
      'b@x.example',
      'c@x.example',
    ]);
  });

  test('shows what was stored', () => {
    const address = { line1: '1 Long Road', city: 'Berlin', postalCode: '10115', country: 'DE' };
    const filled = filledWith({ billing: { address, emails: ['a@x.example', 'b@x.example'] } });
    expect(filled).toEqual({ ...empty, ...address, emails: 'a@x.example\nb@x.example' });
  });

  test.each([
    ['address.city', 'city'],
    ['emails[1]', 'emails'],
    ['taxId', 'taxId'],
    ['address', undefined],
  ])('a fault of %s is one of the field %s', (field, name) => {
    expect(fieldOf({ field })).toBe(name);
  });
});
