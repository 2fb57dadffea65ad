// Ids that others give us, and the business keys that we derive from them: never from time, chance or a run id.
import type { Month } from './period';

/** What an id of a workspace, model, version, replica, instance type, source or grant looks like. */
export const idPattern = '^[A-Za-z0-9_.:-]{1,128}$';

// A table look-up a character is several times faster than the pattern, and six ids of every report pass here.
const idCharacters = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-') {
  idCharacters[character.charCodeAt(0)] = 1;
}

/** Whether a value is a string that `idPattern` matches. */
export function isId(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 128) return false;
  for (let at = 0; at < value.length; at++) {
    if (idCharacters[value.charCodeAt(at)] !== 1) return false;
  }
  return true;
}

/** Workflow id of a workspace's billing period. The month has a fixed length, so a colon in the workspace is no matter. */
export function billingWorkflowId(workspace: string, month: Month): string {
  return `billing:${workspace}:${month}`;
}

/** Workflow id of the collecting of one invoice. */
export function collectWorkflowId(invoiceId: string): string {
  return `collect:${invoiceId}`;
}

/** Workflow id of a workspace's credit guard. */
export function guardWorkflowId(workspace: string): string {
  return `guard:${workspace}`;
}

/** The number that the customer reads on an invoice: gapless per workspace, `acme-0001` for the first. */
export function invoiceNumber(of: { readonly workspace: string; readonly number: number }): string {
  return `${of.workspace}-${String(of.number).padStart(4, '0')}`;
}

/** The invoice's id: its own business key, made of characters that need no escaping in the path of a URL. */
export function invoiceId(of: {
  readonly workspace: string;
  readonly month: Month;
  readonly kind: string;
  readonly sequence: number;
}): string {
  return `inv:${of.workspace}:${of.month}:${of.kind}:${of.sequence}`;
}

/**
 * A number in [0, 1) that is always the same for the same text: spreads workspaces over time without chance.
 * FNV-1a (32 bits) with a final mix, because neighbouring ids would otherwise land beside each other. Not for secrets.
 */
export function fixedFraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
