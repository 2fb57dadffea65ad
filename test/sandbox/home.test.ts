import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { closeHome, forgetHome, openHome } from '../../sandbox/home';
import { writePrivateFile } from '../../sandbox/private-file';

const directory = mkdtempSync(path.join(tmpdir(), 'home-'));
afterAll(() => rmSync(directory, { recursive: true }));

const modeOf = (...names: readonly string[]) => statSync(path.join(directory, ...names)).mode & 0o777;

test('a new home is made with the directories above it, and others cannot look into it', () => {
  openHome(path.join(directory, 'above', 'home'));
  for (const names of [['above'], ['above', 'home']]) expect(modeOf(...names) & 0o066).toBe(0);
  expect(readdirSync(path.join(directory, 'above', 'home'))).toEqual([]);
});

test('a home that is there keeps its mode, and everything that is not ours', async () => {
  const home = path.join(directory, 'theirs');
  mkdirSync(home);
  chmodSync(home, 0o755);
  for (const name of ['notes', 'sandbox.json']) {
    writeFileSync(path.join(home, name), '');
    chmodSync(path.join(home, name), 0o644);
  }
  openHome(home);
  closeHome(home);
  expect([modeOf('theirs'), modeOf('theirs', 'notes'), modeOf('theirs', 'sandbox.json')]).toEqual([
    0o755, 0o644, 0o600,
  ]);
  await forgetHome(home);
  expect(readdirSync(home)).toEqual(['notes']);
});

test('what a link in it points to is left alone', () => {
  const home = path.join(directory, 'linked');
  openHome(home);
  writeFileSync(path.join(directory, 'elsewhere'), '');
  chmodSync(path.join(directory, 'elsewhere'), 0o644);
  mkdirSync(path.join(home, 'logs'), { mode: 0o755 });
  symlinkSync(path.join(directory, 'elsewhere'), path.join(home, 'logs', 'api.log'));
  closeHome(home);
  expect(modeOf('linked', 'logs')).toBe(0o700);
  expect(modeOf('elsewhere')).toBe(0o644);
});

test('a link to nowhere is no home', () => {
  symlinkSync(path.join(directory, 'nowhere'), path.join(directory, 'dangling'));
  expect(() => openHome(path.join(directory, 'dangling'))).toThrow(/dangling is none .* Set MINUTEBOOK_HOME/);
});

test('a private file replaces one that was open to read', () => {
  writeFileSync(path.join(directory, 'keys'), 'old');
  chmodSync(path.join(directory, 'keys'), 0o644);
  writePrivateFile(path.join(directory, 'keys'), 'new');
  expect(modeOf('keys')).toBe(0o600);
});
