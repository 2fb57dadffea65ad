import { hrefOf, parseLink, parsePlace } from '../../web/address/place';

test.each([
  ['/billing/acme', '', { workspace: 'acme', view: 'usage', rest: [], query: {} }],
  ['/billing/acme/', '', { workspace: 'acme', view: 'usage', rest: [], query: {} }],
  [
    '/billing/acme/invoices/inv%3Aacme%3A2026-10%3Ausage%3A1',
    '',
    { workspace: 'acme', view: 'invoices', rest: ['inv:acme:2026-10:usage:1'], query: {} },
  ],
  [
    '/billing/a%3Ab/usage',
    '?period=2026-10&open=meta%2Fllama',
    { workspace: 'a:b', view: 'usage', rest: [], query: { period: '2026-10', open: 'meta/llama' } },
  ],
])('%s%s names a place', (pathname, search, place) => {
  expect(parsePlace(pathname, search)).toEqual(place);
});

test.each([['/'], ['/billing'], ['/billing/'], ['/billing/acme/somewhere'], ['/elsewhere/acme']])(
  '%s names none',
  (pathname) => {
    expect(parsePlace(pathname, '')).toBeUndefined();
  },
);

test('a place and its address name each other', () => {
  const place = { workspace: 'a:b', view: 'invoices', rest: ['x/y'], query: { q: 'ü & +' } } as const;
  const [pathname = '', search] = hrefOf(place).split('?');
  expect(parsePlace(pathname, `?${search}`)).toEqual(place);
});

test('what is not asked stands in no address', () => {
  expect(hrefOf({ workspace: 'acme', view: 'usage', query: { q: '', sort: undefined as never } })).toBe(
    '/billing/acme',
  );
});

test.each([
  ['/pay/', true],
  ['/method/', true],
  ['/billing/', false],
  ['/return/', false],
])('%s and a token: the address of a link of an e-mail is %s', (before, isLink) => {
  const token = 'a-Z_0'.repeat(9).slice(0, 43);
  expect(parseLink(before + token)).toBe(isLink ? token : undefined);
  expect(parseLink(`${before}${token}more`)).toBeUndefined();
});
