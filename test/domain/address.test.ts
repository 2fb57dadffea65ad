import { addressLinesOf } from '../../domain/address';
import { plainLine } from '../../domain/mail/plain';

const address = { line1: 'Street 1', line2: null, city: 'Berlin', region: null, postalCode: '10115', country: 'DE' };

test.each([
  ['of Germany', {}, ['Street 1', '10115 Berlin', 'Germany']],
  ['with a second line', { line2: 'c/o Mill' }, ['Street 1', 'c/o Mill', '10115 Berlin', 'Germany']],
  [
    'of the United States',
    { city: 'Springfield', region: 'IL', postalCode: '62701', country: 'US' },
    ['Street 1', 'Springfield, IL 62701', 'United States'],
  ],
  [
    'of the United Kingdom',
    { city: 'London', postalCode: 'EC1A 1BB', country: 'GB' },
    ['Street 1', 'London EC1A 1BB', 'United Kingdom'],
  ],
  [
    'of Italy',
    { city: 'Roma', region: 'RM', postalCode: '00118', country: 'IT' },
    ['Street 1', '00118 Roma, RM', 'Italy'],
  ],
  ['whose town turns the direction', { city: '\u202enilreB' }, ['Street 1', '10115 nilreB', 'Germany']],
])('an address %s', (_, change, lines) => {
  expect(addressLinesOf({ ...address, ...change }, plainLine)).toEqual(lines);
});
