// What the log says of those who come by a link: never the link.
import { pino } from 'pino';
import { type Minutebook, startMinutebook, withAcme } from '../minutebook';
import { linkInto, openBrowser } from './browser';

const lines: string[] = [];
let book: Minutebook;
beforeAll(async () => {
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', log });
  await withAcme(book);
});
afterAll(() => book.close());

test.each<['GET' | 'HEAD' | 'POST', (token: string) => string]>([
  ['GET', (token) => `/billing/enter/${token}`],
  ['HEAD', (token) => `/billing/enter/${token}`],
  ['GET', (token) => `/billing/enter/${token}/`],
  ['HEAD', (token) => `/billing/enter/${token}/?from=mail`],
  ['POST', (token) => `/billing/enter/${token}`],
  ['GET', (token) => `/at/a/path/billing/enter/${token}`],
  ['GET', (token) => `/pay/${token}`],
  ['HEAD', (token) => `/pay/${token}/`],
  ['POST', (token) => `/method/${token}/more`],
  ['GET', (token) => `/v1/links/${token}`],
  ['POST', (token) => `/at/a/path/v1/links/${token}`],
])('%s %s leaves no token in the log', async (method, addressOf) => {
  const token = (await linkInto(book, 'acme')).slice(-43);
  lines.length = 0;
  await openBrowser(book).send(method, addressOf(token));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.includes(token))).toEqual([]);
});
