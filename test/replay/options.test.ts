import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ReplayError } from '../../replay/errors';
import { readOptions } from '../../replay/options';
import { findMinutebook } from '../../replay/running-minutebook';

const directory = mkdtempSync(path.join(tmpdir(), 'replay-'));
writeFileSync(path.join(directory, 'usage.csv'), '');
afterAll(() => rmSync(directory, { recursive: true }));

const read = (...args: string[]) => readOptions(args, ['/nowhere', directory]);

test('a file is enough, and is found where the caller was', () => {
  expect(read('usage.csv')).toEqual({
    file: path.join(directory, 'usage.csv'),
    isTrace: false,
    batch: 500,
    repeat: 1,
    waitMs: 900_000,
  });
});

test('everything can be said', () => {
  const args = '--trace dlrm --every 7m --shuffle 42 --repeat 2 --source me --prices usage.csv --expect usage.csv';
  expect(read('usage.csv', ...args.split(' '))).toMatchObject({
    isTrace: true,
    everyMs: 420_000,
    seed: 42,
    repeat: 2,
    source: 'me',
    batch: 5000,
    prices: path.join(directory, 'usage.csv'),
  });
});

test('help is no replay', () => {
  expect(read('--help')).toBeUndefined();
});

test.each([
  ['no file', [], /expected a file of usage/],
  ['two files', ['usage.csv', 'usage.csv'], /expected one file/],
  ['a file that is not there', ['trace.csv'], /there is no file \/nowhere\/trace.csv/],
  ['an unknown trace', ['usage.csv', '--trace', 'other'], /--trace: expected dlrm/],
  ['an unknown flag', ['usage.csv', '--fast'], /--fast/],
  ['a beat without unit', ['usage.csv', '--every', '15'], /--every: expected a duration/],
  ['a beat of nothing', ['usage.csv', '--every', '0s'], /--every: expected a duration/],
  ['a beat of two months', ['usage.csv', '--every', '62d'], /--every: expected a duration/],
  ['a seed that is no number', ['usage.csv', '--shuffle', 'x'], /--shuffle: expected a whole number/],
  ['no repetition', ['usage.csv', '--repeat', '0'], /--repeat: expected a whole number from 1/],
  ['prices without a trace', ['usage.csv', '--prices', 'usage.csv'], /--prices goes with --trace/],
  ['a source with a space', ['usage.csv', '--source', 'a b'], /--source: expected/],
])('%s is refused', (_, args, message) => {
  expect(() => read(...args)).toThrow(message);
  expect(() => read(...args)).toThrow(ReplayError);
});

describe('the running Minutebook', () => {
  test('is the one that the environment names', () => {
    const env = { MINUTEBOOK_URL: 'http://billing:8080/', MINUTEBOOK_KEY: 'k' };
    expect(findMinutebook(env, directory)).toEqual({ url: 'http://billing:8080', key: 'k' });
  });

  test('is else the one that was started here, with its admin key', () => {
    const file = { api: 'http://127.0.0.1:8080', keys: { admin: 'a', platform: 'p' } };
    writeFileSync(path.join(directory, 'sandbox.json'), JSON.stringify(file));
    expect(findMinutebook({ MINUTEBOOK_HOME: directory }, '/nowhere')).toEqual({ url: file.api, key: 'a' });
  });

  test.each([
    [{}, /npm start/],
    [{ MINUTEBOOK_URL: 'http://billing:8080' }, /MINUTEBOOK_KEY/],
    [{ MINUTEBOOK_URL: 'billing', MINUTEBOOK_KEY: 'k' }, /not an address/],
  ])('with %j it says what to do', (env, message) => {
    expect(() => findMinutebook(env, '/nowhere')).toThrow(message);
  });
});
