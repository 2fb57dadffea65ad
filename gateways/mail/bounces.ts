// What comes back: delivery reports (RFC 3464) read out of whatever stands around them.
import { isAddress } from './headers';
import { decoded, findPart, readFields, toLines } from './mime';

export type Bounce = {
  /** The address as the reporting server knows it; it may be one that ours was forwarded to. */
  readonly recipient: string;
  /** Enhanced status code (RFC 3463): `5.1.1`. */
  readonly status: string;
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** The server's own words, where it has any. */
  readonly diagnostic?: string;
};

const actions = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;
// A report stands before the message that it returns; what is larger has nothing to say behind this.
const bytesRead = 1024 * 1024;

/**
 * Reads a raw message/rfc822. Undefined where it is no delivery report: an absence note, a complaint, a read receipt,
 * nonsense. Of several recipients the first that failed, else the first.
 */
export function readBounce(raw: Uint8Array): Bounce | undefined {
  const text = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, bytesRead)).toString('utf8');
  const part = findPart(toLines(text), (type) => /^message\/(global-)?delivery-status$/.test(type));
  if (part === undefined) return undefined;
  const bounces = groups(decoded(part)).flatMap((lines) => readRecipient(readFields(lines)) ?? []);
  return bounces.find(({ action }) => action === 'failed') ?? bounces[0];
}

/**
 * What a bounce means for its address. `undeliverable`: it takes no mail, mark it. `try_again`: it did not arrive this
 * time. `operator`: policy (5.7.x) keeps our mail out, the address may be well. `nothing`: it is still under way, or there.
 */
export function meaningOf({ action, status }: Bounce): 'undeliverable' | 'try_again' | 'operator' | 'nothing' {
  if (action !== 'failed') return 'nothing';
  if (status.startsWith('5.7.')) return 'operator';
  return status.startsWith('5.') ? 'undeliverable' : 'try_again';
}

// The first group is about the report, each other one about a recipient; the fields tell them apart by themselves.
function readRecipient(fields: ReadonlyMap<string, string>): Bounce | undefined {
  const recipient = addressIn(fields.get('final-recipient')) ?? addressIn(fields.get('original-recipient'));
  const [status] = /^[245]\.\d{1,3}\.\d{1,3}(?![.\d])/.exec(fields.get('status') ?? '') ?? [];
  const word = (fields.get('action') ?? '').split(/[\s(;]/)[0]?.toLowerCase();
  const action = actions.find((each) => each === word);
  if (recipient === undefined || status === undefined || action === undefined) return undefined;
  // A failure with a code of success is nonsense, as is a delivery with one of failure.
  const isSuccess = status.startsWith('2.');
  if (isSuccess !== ['delivered', 'relayed', 'expanded'].includes(action)) return undefined;
  const words = (fields.get('diagnostic-code') ?? '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 500)
    .trim();
  return { recipient, status, action, ...(words === '' ? {} : { diagnostic: words }) };
}

// `rfc822; someone@example.com`, with or without angle brackets or a comment behind.
function addressIn(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = value.slice(value.indexOf(';') + 1).trim();
  const [address = ''] = text.replace(/^<([^>]*)>.*$/, '$1').split(/\s/);
  return isAddress(address) ? address : undefined;
}

function groups(lines: readonly string[]): readonly (readonly string[])[] {
  const all: string[][] = [[]];
  for (const line of lines) {
    if (line.trim() === '') all.push([]);
    else all.at(-1)?.push(line);
  }
  return all.filter((group) => group.length > 0);
}
