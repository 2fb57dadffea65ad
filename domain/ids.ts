// Ids that others give us, and the business keys that we derive from them: never from time, chance or a run id.
import type { Month } from './period';

/** Ids of workspaces and keys of grants stand in the paths of URLs: never `.` or `..`, which every client takes out. */
export const idPattern = '^(?!\\.{1,2}$)[A-Za-z0-9_.:-]{1,128}$';

/** Names of models, versions, replicas, instance types and sources: visible ASCII, as `meta-llama/Llama-3-8B`. */
export const namePattern = '^[!-~]{1,200}$';

export const idSentence = 'an id of 1 to 128 characters out of A-Z a-z 0-9 _ . : -, other than . and ..';
export const nameSentence = 'a name of 1 to 200 visible ASCII characters (no spaces)';

// A table look-up a character is several times faster than the patterns, and six of these in every report pass here.
const idCharacters = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-') {
  idCharacters[character.charCodeAt(0)] = 1;
}
const nameCharacters = new Uint8Array(128).fill(1, 0x21, 0x7f);

/** Whether a value is a string that `idPattern` matches. */
export function isId(value: unknown): value is string {
  return isMadeOf(value, idCharacters, 128) && value !== '.' && value !== '..';
}

/** Whether a value is a string that `namePattern` matches. */
export function isName(value: unknown): value is string {
  return isMadeOf(value, nameCharacters, 200);
}

function isMadeOf(value: unknown, characters: Uint8Array, lengthMax: number): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > lengthMax) return false;
  for (let at = 0; at < value.length; at++) {
    if (characters[value.charCodeAt(at)] !== 1) return false;
  }
  return true;
}

/** Workflow id of a workspace's billing period. The month has a fixed length, so a colon in the workspace is no matter. */
export function billingWorkflowId(workspace: string, month: Month): string {
  return `billing:${workspace}:${month}`;
}

/** Workflow id of the collecting of one invoice; of a later run, where its money came back after it was paid. */
export function collectWorkflowId(invoiceId: string, run: number): string {
  return run === 0 ? `collect:${invoiceId}` : `collect:${invoiceId}:${run}`;
}

/** Workflow id of a preview: those who ask for the same at once share one. */
export function previewWorkflowId({
  workspace,
  month = 'next',
}: {
  readonly workspace: string;
  readonly month?: string;
}) {
  return `preview:${workspace}:${month}`;
}

/** Workflow id of putting an e-mail up again; the key is of whoever asks. */
export function resendWorkflowId({ email, key }: { readonly email: string; readonly key: string }): string {
  return `resend:${email}:${key}`;
}

/** The key of the grant that the rest of an over-payment becomes; SQL makes it, too. */
export function overpaymentKey(payment: string): string {
  return `overpayment:${payment}`;
}

/** The key of the e-mail that tells of a card's expiry, once a card and expiry; SQL that looks for those without makes it, too. */
export function cardExpiresKey(of: {
  readonly method: string;
  readonly expYear: number;
  readonly expMonth: number;
}): string {
  return `card-expires:${of.method}:${of.expYear}-${String(of.expMonth).padStart(2, '0')}`;
}

/** The key of an e-mail of the guard; `what` has no colon, and `occasion` tells one time from the next. */
export function guardEmailKey(of: {
  readonly what: string;
  readonly workspace: string;
  readonly occasion: string | number;
}): string {
  return `${of.what}:${of.workspace}:${of.occasion}`;
}

/** Workflow id of the detaching of a payment method. */
export function detachWorkflowId(method: string): string {
  return `detach:${method}`;
}

/**
 * Workflow id of the sending of a refund; its part at Stripe has the number beside it, and no other refund has it. Both names may
 * have colons, and neither a tilde.
 */
export function refundWorkflowId({ workspace, key }: { readonly workspace: string; readonly key: string }): string {
  return `refund:${workspace}~${key}`;
}

/** By which Stripe's refund is found again: in its metadata. */
export function refundPartKey(of: {
  readonly workspace: string;
  readonly key: string;
  readonly number: number;
}): string {
  return `${of.workspace}/${of.key}/${of.number}`;
}

/** The workspace, key and number of it; undefined where it is none of ours. */
export function readRefundPartKey(
  text: string,
): { readonly workspace: string; readonly key: string; readonly number: number } | undefined {
  const [workspace, key, number, ...more] = text.split('/');
  if (!isId(workspace) || !isId(key) || number === undefined || !/^\d{1,6}$/.test(number) || more.length > 0)
    return undefined;
  return { workspace, key, number: Number(number) };
}

/** The key of the e-mail that tells of a refund. */
export function refundEmailKey({ workspace, key }: { readonly workspace: string; readonly key: string }): string {
  return `refund:${workspace}~${key}`;
}

/** Workflow id of the applying of one of Stripe's events; SQL that stores many at once makes it, too. */
export function stripeEventWorkflowId(event: string): string {
  return `stripe-event:${event}`;
}

/** The key of the e-mail that tells of an issued invoice. */
export function invoiceIssuedKey(invoiceId: string): string {
  return `invoice-issued:${invoiceId}`;
}

/** Workflow id of one sending of an e-mail. */
export function emailWorkflowId(key: string, round: number): string {
  return round === 0 ? `email:${key}` : `email:${key}:${round}`;
}

/** Workflow id of a workspace's credit guard. */
export function guardWorkflowId(workspace: string): string {
  return `guard:${workspace}`;
}

/** The workspace whose guard has this workflow id. */
export function guardedBy(workflowId: string): string {
  return workflowId.slice(guardWorkflowId('').length);
}

/** Workflow id of the telling of events to one endpoint, for as long as there are any to tell. */
export function webhookWorkflowId(endpoint: string): string {
  return `webhook:${endpoint}`;
}

/** The number that the customer reads on an invoice: gapless per workspace, `acme-0001` for the first. */
export function invoiceNumber(of: { readonly workspace: string; readonly number: number }): string {
  return `${of.workspace}-${String(of.number).padStart(4, '0')}`;
}

/** The number that the customer reads on a credit note: a gapless series of its own, `acme-CN-0001` for the first. */
export function creditNoteNumber(of: { readonly workspace: string; readonly number: number }): string {
  return `${of.workspace}-CN-${String(of.number).padStart(4, '0')}`;
}

/** The credit note's id. */
export function creditNoteId(of: { readonly workspace: string; readonly number: number }): string {
  return `cn:${of.workspace}:${of.number}`;
}

/** The key of the e-mail that tells of a credit note. */
export function creditNoteIssuedKey(noteId: string): string {
  return `credit-note-issued:${noteId}`;
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
 * The workspace that the id of an invoice or a credit note names; undefined where the text is no such id. Whether there is
 * such a document, only its row tells.
 */
export function workspaceOfDocument(id: string): string | undefined {
  return (/^inv:(.+):\d{4}-\d{2}:[a-z_]+:\d+$/.exec(id) ?? /^cn:(.+):\d+$/.exec(id))?.[1];
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
