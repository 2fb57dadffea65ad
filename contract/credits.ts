// Credits: given, drawn and left.
import { Type } from '@sinclair/typebox';
import {
  checkGrant,
  defaultPriority,
  type GrantEntry as Entry,
  grantKinds,
  grantStatuses,
  validHours,
} from '../domain/credits';
import { creditMovements } from '../domain/ledger';
import { cursor, idPart, limit, longNumberPart, Next, numberPart, orEmpty } from './pages';
import { readAs } from './reading';
import { Amount, Id, Instant, Month, usd, whole, words } from './scalars';
import { answer, entry, leavable, optional, orNull, parameters, said, type Wire } from './shape';

const Kind = words(grantKinds);
const Priority = whole({ minimum: 0, maximum: 1000, description: 'lower is spent first' });

export const GrantEntry = entry('GrantEntry', {
  key: said('the same key again gives nothing more', Id),
  kind: Kind,
  amount: usd({ description: 'US dollars, more than nothing, at most nine decimals' }),
  validFrom: Instant,
  validUntil: leavable(said('without end where left out', Instant)),
  priority: leavable(said(`lower is spent first; ${defaultPriority} where left out`, Priority)),
});
export type GrantEntry = Wire<typeof GrantEntry>;

/** Reads the body of POST /v1/workspaces/{workspace}/grants. Throws `invalid_request` with every fault. */
export function readGrantEntry(body: unknown): Entry {
  const sent = readAs(GrantEntry, body, {
    what: 'the grant is',
    rule: ({ amount, validFrom, validUntil }, at) =>
      checkGrant({ amountNanos: amount, validFromMs: validFrom, validUntilMs: validUntil }, at()),
  });
  const { key, kind, amount, validFrom, validUntil = null, priority = defaultPriority } = sent;
  const validity = { validFromMs: validFrom, validUntilMs: validUntil };
  return { key, kind, amountNanos: amount, priority, ...validity, ...validHours(validity) };
}

const granted = {
  key: Id,
  kind: Kind,
  amount: Amount,
  remaining: said('the amount less the draws of issued invoices', Amount),
  validFrom: Instant,
  validUntil: orNull(Instant),
  priority: Priority,
  createdAt: Instant,
  endedAt: optional(said('when it was ended early; validUntil is from when on', Instant)),
};

export const Grant = answer('Grant', granted);
export type Grant = Wire<typeof Grant>;

export const GrantEnd = entry('GrantEnd', {
  from: leavable(said('taken up to the hour; left out: now', Instant)),
});
export type GrantEnd = Wire<typeof GrantEnd>;

/** Reads the body of POST …/grants/{key}/end, which may be left out: epoch milliseconds, or undefined for now. */
export function readGrantEnd(body: unknown): number | undefined {
  return readAs(GrantEnd, body ?? {}, { what: 'the end of the grant is' }).from;
}

export const HeldGrant = answer('HeldGrant', {
  ...granted,
  pending: said('what the periods without an invoice will draw of it', Amount),
  status: words(grantStatuses),
  lost: said('what is left of one that is over; late usage of its hours may still draw it', Amount),
});
export type HeldGrant = Wire<typeof HeldGrant>;

export const Credits = answer('Credits', {
  grants: Type.Array(HeldGrant),
  remaining: said('of all grants, less the draws of issued invoices', Amount),
  pending: said('what the periods without an invoice will draw', Amount),
  available: said('what is left of the grants valid now, after what is pending', Amount),
  burnPerHour: Amount,
  hoursLeft: optional(Type.Integer({ minimum: 0, description: 'at the present burn; left out while nothing burns' })),
  level: words(['ok', 'low', 'gone']),
  draws: Type.Array(
    Type.Object({ grant: Id, invoice: Type.String(), number: Type.String(), period: Month, amount: Amount }),
  ),
  next: optional(Next),
});
export type Credits = Wire<typeof Credits>;

export const grantsAPage = 1000;
export const CreditsQuery = parameters({
  cursor: optional(cursor(longNumberPart, orEmpty(idPart), numberPart, orEmpty(idPart))),
  limit: optional(limit({ usual: grantsAPage, max: 1000 })),
});

export const CreditMovement = answer('CreditMovement', {
  at: Instant,
  kind: words(
    creditMovements,
    'drawn: by an invoice; returned: by a credit note; expired or ended: what was left of a grant, or that taken back',
  ),
  amount: said('positive: more credit', Amount),
  balance: said('after it; grants that are over are in it until the period that holds their end is closed', Amount),
  grants: Type.Array(Type.Object({ grant: Id, amount: Amount }), { description: 'the amount by grant' }),
  invoice: optional(Type.String()),
  number: optional(Type.String({ description: "the invoice's" })),
  period: optional(Month),
  creditNote: optional(Type.String()),
  creditNoteNumber: optional(Type.String()),
});
export type CreditMovement = Wire<typeof CreditMovement>;

export const movementsAPage = 100;
export const StatementQuery = parameters({
  cursor: optional(cursor(longNumberPart)),
  limit: optional(limit({ usual: movementsAPage, max: 500 })),
});
