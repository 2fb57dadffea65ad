import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../../../sandbox/mail/store';

let directory: string;
beforeEach(() => {
  directory = path.join(mkdtempSync(path.join(tmpdir(), 'minutebook-store-')), 'mail');
});
afterEach(() => rmSync(path.dirname(directory), { recursive: true, force: true }));

const about = (subject: string) => ({
  receivedAt: '2026-02-01T00:00:00.000Z',
  mailFrom: 'a@b.example',
  rcptTo: ['c@d.example'],
  messageId: null,
  from: null,
  fromName: null,
  to: [],
  subject,
  attachments: 0,
});
const subjects = (store: ReturnType<typeof openStore>) => store.list().map(({ subject }) => subject);

describe('the mails that came', () => {
  test('are there again after a start, newest first, and go on being numbered', () => {
    const first = openStore(directory);
    for (const subject of ['one', 'two']) first.add(Buffer.from(`source of ${subject}`), about(subject));
    const again = openStore(directory);
    again.add(Buffer.from('source of three'), about('three'));
    expect(subjects(again)).toEqual(['three', 'two', 'one']);
    expect(again.list().map(({ id }) => again.source(id)?.toString())).toEqual([
      'source of three',
      'source of two',
      'source of one',
    ]);
  });

  test('are bounded by number: the oldest go, with their files', () => {
    const store = openStore(directory, { mailsMax: 3, bytesMax: 1000 });
    for (const subject of ['1', '2', '3', '4', '5']) store.add(Buffer.from('x'), about(subject));
    expect(subjects(store)).toEqual(['5', '4', '3']);
    expect(readdirSync(directory)).toHaveLength(6);
    expect(subjects(openStore(directory))).toEqual(['5', '4', '3']);
  });

  test('are bounded by size: the oldest go, never the newest', () => {
    const store = openStore(directory, { mailsMax: 100, bytesMax: 100 });
    for (const subject of ['1', '2', '3']) store.add(Buffer.alloc(40), about(subject));
    expect(subjects(store)).toEqual(['3', '2']);
    store.add(Buffer.alloc(500), about('huge'));
    expect(subjects(store)).toEqual(['huge']);
  });

  test('can be read by their owner alone', () => {
    openStore(directory).add(Buffer.from('x'), about('one'));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(directory)) expect(statSync(path.join(directory, file)).mode & 0o777).toBe(0o600);
  });

  test('of which only half was written before a kill are gone', () => {
    openStore(directory).add(Buffer.from('x'), about('one'));
    writeFileSync(path.join(directory, '00000002.eml'), 'half');
    writeFileSync(path.join(directory, '00000002.new'), '{');
    writeFileSync(path.join(directory, '00000003.eml'), 'whole');
    writeFileSync(path.join(directory, '00000003.json'), '{"id": "0000');
    expect(subjects(openStore(directory))).toEqual(['one']);
    expect(readdirSync(directory)).toEqual(['00000001.eml', '00000001.json']);
  });

  test('that are none have no source: an id is no path', () => {
    const store = openStore(directory);
    writeFileSync(path.join(path.dirname(directory), 'secret.eml'), 'secret');
    expect(store.source('../secret')).toBeUndefined();
    expect(store.source('99999999')).toBeUndefined();
  });
});
