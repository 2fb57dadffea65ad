import { readBillingEntry } from '../../contract/billing';
import { faultPlaces, faultsOf } from '../domain/refusals';

const address = { line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };

describe('billing details', () => {
  test('are read as what they change: left out is absent, null is null', () => {
    expect(readBillingEntry({})).toEqual({});
    expect(readBillingEntry({ name: null, address: null, emails: null })).toEqual({
      name: null,
      address: null,
      emails: [],
    });
    expect(readBillingEntry({ address, taxId: 'VAT DE1', emails: ['a@b.example'] })).toEqual({
      address: { ...address, line2: null, region: null },
      taxId: 'VAT DE1',
      emails: ['a@b.example'],
    });
  });

  test('keep marks that turn the direction of writing, as names are written with them', () => {
    expect(readBillingEntry({ name: '\u202eemcA\u202c' })).toEqual({ name: '\u202eemcA\u202c' });
  });

  const breaks = ['\n', '\r', '\u0085', '\u2028', '\u2029', '\t', '\u0000', '\u001b', '\ud800'];
  const fields: readonly [string, (text: string) => object][] = [
    ['name', (name) => ({ name })],
    ['taxId', (taxId) => ({ taxId })],
    ['purchaseOrder', (purchaseOrder) => ({ purchaseOrder })],
    ['address.line1', (line1) => ({ address: { ...address, line1 } })],
    ['address.line2', (line2) => ({ address: { ...address, line2 } })],
    ['address.city', (city) => ({ address: { ...address, city } })],
    ['address.region', (region) => ({ address: { ...address, region } })],
    ['address.postalCode', (postalCode) => ({ address: { ...address, postalCode } })],
    ['emails[0]', (text) => ({ emails: [`a${text}@b.example`] })],
  ];
  test.each(fields)('have no line end, control character or half a character in %s', (place, bodyOf) => {
    for (const each of breaks) expect(faultPlaces(() => readBillingEntry(bodyOf(`a${each}b`)))).toEqual([place]);
  });

  test.each<[string, unknown, string[]]>([
    ['no object', null, ['body']],
    ['a blank name', { name: ' ' }, ['name']],
    ['a country by another code', { address: { ...address, country: 'DEU' } }, ['address.country']],
    ['a country in small letters', { address: { ...address, country: 'de' } }, ['address.country']],
    ['a code of no country', { address: { ...address, country: 'XX' } }, ['address.country']],
    ['half an address', { address: { line1: 'Street 1' } }, ['address.city', 'address.postalCode', 'address.country']],
    ['a null where an address must have something', { address: { ...address, city: null } }, ['address.city']],
    ['six e-mails', { emails: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@b.example`) }, ['emails']],
    ['an e-mail twice', { emails: ['a@b.example', 'a@b.example'] }, ['emails']],
    ['an e-mail with a header in it', { emails: ['a@b.example\r\nBcc: c@d.example'] }, ['emails[0]']],
    ['an unknown field', { vat: 'x' }, ['vat']],
  ])('are refused with %s', (_, body, places) => {
    expect(faultPlaces(() => readBillingEntry(body))).toEqual(places);
  });

  test('say how many e-mails there may be', () => {
    const emails = Array.from({ length: 6 }, (_, at) => `${at}@b.example`);
    expect(faultsOf(() => readBillingEntry({ emails }))).toEqual([
      { field: 'emails', message: 'expected at most 5 of them, came 6' },
    ]);
  });
});
