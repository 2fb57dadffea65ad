// Which addresses may be connected to, and what becomes of names.
import type { LookupAddress } from 'node:dns';
import {
  addressRule,
  guardedLookup,
  literalAddress,
  parseNetwork,
  type Resolve,
} from '../../../gateways/webhooks/addresses';
import { resolvingInTurns } from '../../../gateways/webhooks/resolving';

const refused = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.254', '127.0.0.1', '127.1.2.3'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.1'],
  ...['198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1'],
  ...['64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::1'],
  ...['2002:a9fe:a9fe::1', '3fff::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1'],
];
const taken = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.32.0.1',
  '192.167.1.1',
  '2606:4700::1111',
  '2a00:1450::1',
];

test.each(refused)('%s is none of the public internet', (address) => {
  expect(addressRule([]).isAllowed(address)).toBe(false);
});

test.each(taken)('%s is', (address) => {
  expect(addressRule([]).isAllowed(address)).toBe(true);
});

test('networks of one’s own are allowed where they are named, and nothing beside them', () => {
  const rule = addressRule(['10.1.0.0/16', '::1', 'fd00::/8'].map((text) => parseNetwork(text) as never));
  const asked = ['10.1.2.3', '10.2.0.1', '::1', 'fd12::1', 'fc00::1', '127.0.0.1', '::ffff:10.1.2.3', '8.8.8.8'];
  expect(asked.filter(rule.isOwn)).toEqual(['10.1.2.3', '::1', 'fd12::1', '::ffff:10.1.2.3']);
  expect(asked.filter(rule.isAllowed)).toEqual(['10.1.2.3', '::1', 'fd12::1', '::ffff:10.1.2.3', '8.8.8.8']);
});

test('a network is an address with a prefix that fits, or without', () => {
  expect(parseNetwork('10.0.0.0/8')).toEqual({ address: '10.0.0.0', prefix: 8, family: 'ipv4' });
  expect(parseNetwork('::1')).toEqual({ address: '::1', prefix: 128, family: 'ipv6' });
  for (const text of ['', '10.0.0.0/33', '::/129', '10.0.0/8', 'localhost', '10.0.0.0/8/9', '1.2.3.4/-1']) {
    expect([text, parseNetwork(text)]).toEqual([text, undefined]);
  }
});

test('URLs write out the other spellings of an address', () => {
  const spelled = {
    'http://2130706433/': '127.0.0.1',
    'http://0x7f000001/': '127.0.0.1',
    'http://0177.0.0.1/': '127.0.0.1',
    'http://127.1/': '127.0.0.1',
    'http://①②⑦.0.0.1/': '127.0.0.1',
    'http://0/': '0.0.0.0',
    'http://[::1]/': '::1',
    'http://[::ffff:127.0.0.1]/': '::ffff:7f00:1',
  };
  for (const [url, address] of Object.entries(spelled)) {
    expect([url, literalAddress(new URL(url).hostname)]).toEqual([url, address]);
  }
  expect(literalAddress('localhost')).toBeUndefined();
});

const answering =
  (...addresses: string[]): Resolve =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function lookUp(resolve: Resolve, { all = true } = {}): Promise<string | LookupAddress[]> {
  return new Promise((fulfil, reject) => {
    guardedLookup(addressRule([]).isAllowed, resolve)('a.example', { all }, (error, address) =>
      error === null ? fulfil(address) : reject(error),
    );
  });
}

test('a name is connected to by the addresses that were judged', async () => {
  await expect(lookUp(answering('1.1.1.1', '2606:4700::1111'))).resolves.toEqual([
    { address: '1.1.1.1', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ]);
  await expect(lookUp(answering('1.1.1.1'), { all: false })).resolves.toBe('1.1.1.1');
});

test('a name of which any address lies inside is refused whole', async () => {
  await expect(lookUp(answering('169.254.169.254'))).rejects.toThrow(
    'a.example is 169.254.169.254, which is no address of',
  );
  await expect(lookUp(answering('1.1.1.1', '10.0.0.1'))).rejects.toThrow('a.example is 10.0.0.1');
  await expect(lookUp(answering('::ffff:169.254.169.254'))).rejects.toThrow('WEBHOOK_ALLOW_NETWORKS');
  await expect(lookUp(answering())).rejects.toThrow('a.example is nothing');
});

test('a name is resolved once for all who ask meanwhile, and few names at the same time', () => {
  const asked: { name: string; answer: () => void }[] = [];
  const resolve = resolvingInTurns(2, (name, _options, callback) => {
    asked.push({ name, answer: () => callback(null, [{ address: '1.1.1.1', family: 4 }]) });
  });
  const answered: string[] = [];
  for (const name of ['a', 'a', 'b', 'c', 'c']) resolve(name, { all: true }, () => answered.push(name));
  expect(asked.map(({ name }) => name)).toEqual(['a', 'b']);
  asked[0]?.answer();
  expect([asked.map(({ name }) => name), answered]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'a'],
  ]);
  asked[2]?.answer();
  asked[1]?.answer();
  expect(answered).toEqual(['a', 'a', 'c', 'c', 'b']);
  resolve('a', { all: true }, () => answered.push('again'));
  expect(asked).toHaveLength(4);
});
