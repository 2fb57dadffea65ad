import { entryOf, faultsOf, fieldOf, filledWith } from '../../web/method/billing-form';

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

  test('says what is wrong in words, field by field', () => {
    const faults = ['address.city', 'address.country', 'taxId', 'emails[0]', 'address'].map((field) => ({
      field,
      message: 'expected something else',
    }));
    const problem = {
      type: 'x',
      title: 'x',
      status: 400,
      detail: 'x',
      code: 'invalid_request',
      retryable: false,
      faults,
    } as const;
    const filled = { ...empty, taxId: 'x'.repeat(60), emails: 'nobody' };
    expect(Object.fromEntries(faultsOf({ kind: 'refused', problem }, filled))).toEqual({
      city: 'Please fill this in.',
      country: 'Please choose a country.',
      taxId: 'This is too long.',
      emails: expect.stringContaining('billing@example.com'),
    });
    expect(faultsOf({ kind: 'offline' }, filled).size).toBe(0);
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
