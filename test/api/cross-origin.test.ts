// Pages of other origins get nothing by a browser's hand: no answer ever allows them to read it, and no preflight is granted.
import { routesOf } from '../../api/access';
import { type Minutebook, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z' });
  await withAcme(book);
});
afterAll(() => book.close());

const origin = 'https://evil.example';
const allowedBy = (headers: { readonly [name: string]: unknown }) =>
  Object.keys(headers).filter((name) => name.toLowerCase().startsWith('access-control-'));
const urls = () => [...new Set(routesOf(book.app).map(({ url }) => url))].map((url) => url.replace(/:\w+/g, 'acme'));

test('no preflight is granted, wherever it goes and whatever it asks for', async () => {
  for (const url of [...urls(), '/v1/nothing']) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const asking = { 'access-control-request-method': method, 'access-control-request-headers': 'authorization' };
      const { statusCode, headers } = await book.app.inject({
        ...{ method: 'OPTIONS', url, headers: { origin, ...asking } },
      });
      expect([url, statusCode >= 400, allowedBy(headers)]).toEqual([url, true, []]);
    }
  }
});

test('no answer may be read by a page of another origin, with a key or without', async () => {
  for (const key of [book.keys.admin, '']) {
    for (const { method, url } of routesOf(book.app)) {
      const { headers } = await book.app.inject({
        method: method as 'GET',
        url: url.replace(/:\w+/g, 'acme'),
        headers: { origin, ...(key === '' ? {} : { authorization: `Bearer ${key}` }) },
      });
      expect([method, url, allowedBy(headers)]).toEqual([method, url, []]);
    }
  }
});
