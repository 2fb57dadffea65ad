// Which addresses an endpoint may have. Whoever names endpoints could otherwise have this process knock on doors inside the
// operator's network: the database, the cloud's metadata, whatever listens on loopback. What a name leads to is judged as the
// connection is made, on the very addresses that it is made to: a name that answers differently the second time gains nothing.
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** `10.1.0.0/16` or `fd00::/8`; one address where the prefix is left out. Undefined where a text is no such network. */
export function parseNetwork(text: string): Network | undefined {
  const [, address = '', prefix] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  return length > bits ? undefined : { address, prefix: length, family: version === 4 ? 'ipv4' : 'ipv6' };
}

export type Network = { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' };

// IANA's special-purpose registry, as of RFC 6890 and its successors: whatever is not the public internet.
const inside4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
];
// Of IPv6 only 2000::/3 is given out; these within it are not, or hold an IPv4 address (6to4, Teredo). Mapped addresses and NAT64
// (64:ff9b::) lie outside of it.
const outside6 = ['2000::/3'];
const inside6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Tells the addresses that may be connected to. `allowed` are networks of one's own that may be, too. */
export function addressRule(allowed: readonly Network[]): AddressRule {
  const own = listOf(allowed);
  const refused = listOf([...inside4, ...inside6].map(known));
  const given = listOf(outside6.map(known));
  const isOwn = (address: string) => isIn(own, address);
  const isPublic = (address: string) =>
    !isIn(refused, address) && (isIP(address) === 4 || (isIP(address) === 6 && isIn(given, address)));
  return { isOwn, isAllowed: (address) => isOwn(address) || isPublic(address) };
}

export type AddressRule = {
  /** Whether it lies in a network that was named as allowed: there plain http will do. */
  isOwn(address: string): boolean;
  isAllowed(address: string): boolean;
};

/** The address that a host of a URL is, where it is no name: URLs have decimal, octal and short forms written out already. */
export function literalAddress(hostname: string): string | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 0 ? undefined : address;
}

export class RefusedAddress extends Error {}

export type Resolve = (
  hostname: string,
  options: { readonly all: true; readonly family?: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup for connections: answers only what is allowed, and refuses a name of which any address is not. */
export function guardedLookup(isAllowed: (address: string) => boolean, resolve: Resolve): LookupFunction {
  return (hostname, { all, family }, callback) => {
    const wanted = typeof family === 'number' ? { family } : {};
    resolve(hostname, { all: true, ...wanted }, (error, addresses) => {
      const refused = addresses?.find(({ address }) => !isAllowed(address));
      const [first] = addresses ?? [];
      if (error !== null) return callback(error, [], 0);
      if (refused !== undefined || first === undefined) {
        return callback(new RefusedAddress(refusal(`${hostname} is ${refused?.address ?? 'nothing'}`)), [], 0);
      }
      return all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

export function refusal(what: string): string {
  return `${what}, which is no address of the public internet: networks of your own are named in WEBHOOK_ALLOW_NETWORKS`;
}

function listOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family);
  return list;
}

function known(text: string): Network {
  const network = parseNetwork(text);
  if (network === undefined) throw new Error(`${text} is no network`);
  return network;
}

// One with a zone (fe80::1%eth0) is none that can be named in a list.
function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && !address.includes('%') && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
