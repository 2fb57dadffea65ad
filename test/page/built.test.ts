// The page as it is built: what a browser has to load, and from where.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const built = path.resolve(__dirname, '..', '..', 'dist', 'web');
const filesOf = (ending: string) =>
  readdirSync(path.join(built, 'assets'))
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(path.join(built, 'assets', name)));
const index = readFileSync(path.join(built, 'index.html'), 'utf8');

describe('the built page', () => {
  test('has less than 150 kB of script, compressed', () => {
    const bytes = filesOf('.js').reduce((sum, file) => sum + gzipSync(file).length, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(150_000);
  });

  test('has no script or style in the page itself, and takes nothing from another host', () => {
    expect(index).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(index).not.toMatch(/<style|\sstyle=|\son\w+=/);
    const addresses = [...index.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.filter((address) => !address?.startsWith('/billing/') && address !== 'data:,')).toEqual([]);
    for (const style of filesOf('.css')) expect(style.toString()).not.toMatch(/url\(|@import/);
  });

  test('leaves the place open at which it is served', () => {
    expect(index).toContain('name="minutebook-root" content=""');
  });
});
