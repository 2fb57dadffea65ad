// The built page as it is read from its directory.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createBillingPage } from '../../../api/page/billing-page';
import { startMinutebook, withAcme } from '../minutebook';
import { onThePageOf } from './browser';

let directory: string;
const script = 'export const a = 1;\n'.repeat(200);
const index = '<meta name="minutebook-root" content=""><script src="/billing/assets/index-0a1b2c3d.js"></script>';

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'minutebook-page-'));
  mkdirSync(path.join(directory, 'assets'));
  writeFileSync(path.join(directory, 'index.html'), index);
  writeFileSync(path.join(directory, 'assets', 'index-0a1b2c3d.js'), script);
  writeFileSync(path.join(directory, 'assets', 'index-0a1b2c3d.js.map'), '{}');
});
afterEach(() => rmSync(directory, { recursive: true }));

const options = { linkMinutes: 10, idleMinutes: 30, visitHours: 12, name: 'Example' };
const publicUrl = 'https://x.example';

test('files are compressed once, and source maps stay at home', () => {
  const { files } = createBillingPage(options, { directory, publicUrl });
  expect([...(files?.keys() ?? [])].sort()).toEqual(['assets/index-0a1b2c3d.js', 'index.html']);
  const file = files?.get('assets/index-0a1b2c3d.js');
  expect(file).toMatchObject({ type: 'text/javascript; charset=utf-8', isHashed: true });
  expect(brotliDecompressSync(file?.br ?? Buffer.alloc(0)).toString()).toBe(script);
  expect(gunzipSync(file?.gzip ?? Buffer.alloc(0)).toString()).toBe(script);
});

test('where the pages have a path before them, the page is told', () => {
  const { files } = createBillingPage(options, { directory, publicUrl: `${publicUrl}/minutebook` });
  expect(files?.get('index.html')?.plain.toString()).toBe(
    '<meta name="minutebook-root" content="/minutebook"><script src="/minutebook/billing/assets/index-0a1b2c3d.js"></script>',
  );
});

test('the logo is a file of ours, and the accent is made readable', () => {
  const logoFile = path.join(directory, 'Logo.SVG');
  writeFileSync(logoFile, '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const page = createBillingPage({ ...options, logoFile, accent: '#ffee00' }, { directory, publicUrl });
  expect(page.platform.logo).toMatch(/^\/billing\/assets\/logo-[0-9a-f]{16}\.svg$/);
  expect(page.files?.get(page.platform.logo?.slice('/billing/'.length) ?? '')).toMatchObject({ isHashed: true });
  expect(page.platform.accent?.light.color).not.toBe('#ffee00');
  writeFileSync(logoFile, Buffer.alloc(200_001));
  expect(() => createBillingPage({ ...options, logoFile }, { directory, publicUrl })).toThrow(/at most 200000 bytes/);
});

test('where nothing was built there are no files', () => {
  expect(createBillingPage(options, { directory: path.join(directory, 'absent'), publicUrl }).files).toBeUndefined();
});

test('a browser is sent what it can unpack', async () => {
  const page = createBillingPage(options, { directory, publicUrl });
  const book = await startMinutebook({ now: '2025-02-10T12:00:00Z', page });
  try {
    await withAcme(book);
    const browser = await onThePageOf(book, 'acme');
    const get = (accepted: string) =>
      browser.visit('/billing/assets/index-0a1b2c3d.js', { 'accept-encoding': accepted });
    const [br, gzip, plain] = [await get('gzip, deflate, br'), await get('gzip'), await get('identity')];
    expect([br, gzip, plain].map(({ headers }) => headers['content-encoding'])).toEqual(['br', 'gzip', undefined]);
    expect(plain.body).toBe(script);
  } finally {
    await book.close();
  }
});
