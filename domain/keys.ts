// API keys: their roles, how long they hold, and which of them may be given up.
import { type Complain, isAbsent } from './body';
import { MinutebookError } from './errors';
import { dayMs, formatInstant, hourMs, minuteMs } from './period';

export const roles = ['platform', 'admin', 'workspace', 'read'] as const;
export type Role = (typeof roles)[number];

/** What decides about a key: the instants in epoch milliseconds, null where there is none. */
export type KeyState = {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly madeAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  /** The key that took its place, by its id. */
  readonly replacedBy: string | null;
};

/** Whether a key opens anything: not revoked, and not past its end. */
export function isUsable(key: Pick<KeyState, 'expiresAtMs' | 'revokedAtMs'>, nowMs: number): boolean {
  return key.revokedAtMs === null && (key.expiresAtMs === null || nowMs < key.expiresAtMs);
}

/** Usable, and no other has taken its place: the one under its name. */
export function isCurrent(key: Omit<KeyState, 'madeAtMs'>, nowMs: number): boolean {
  return key.replacedBy === null && isUsable(key, nowMs);
}

export const usualOverlapMs = dayMs;
export const overlapMsMax = 7 * dayMs;

const units: Readonly<Record<string, number>> = { s: 1000, m: minuteMs, h: hourMs, d: dayMs };

/** How long a replaced key goes on, from `90s`, `30m`, `24h`, `7d`, or a number of seconds; undefined for anything else. */
export function parseOverlap(value: unknown): number | undefined {
  const [, digits, unit = 's'] = /^(\d{1,6})([smhd]?)$/.exec(String(value)) ?? [];
  const isKnown = typeof value === 'string' || typeof value === 'number';
  if (!isKnown || digits === undefined) return undefined;
  const ms = Number(digits) * (units[unit || 's'] ?? 0);
  return ms <= overlapMsMax ? ms : undefined;
}

/** A key is for one workspace if, and only if, its role is that; what it expires at is to come. */
export function checkKey(
  entry: {
    readonly role?: Role | undefined;
    readonly workspace?: string | null | undefined;
    readonly expiresAtMs?: number | null | undefined;
  },
  nowMs: number,
  complain: Complain,
): void {
  const { role, workspace, expiresAtMs } = entry;
  if (role === 'workspace' && isAbsent(workspace)) {
    complain('workspace', 'expected the workspace that a key of this role reads, came nothing');
  }
  if (role !== undefined && role !== 'workspace' && !isAbsent(workspace)) {
    complain('workspace', `expected none, as a key of the role ${role} is for all; leave it out`);
  }
  checkExpiry(expiresAtMs, nowMs, complain);
}

export function checkExpiry(expiresAtMs: number | null | undefined, nowMs: number, complain: Complain): void {
  if (isAbsent(expiresAtMs) || expiresAtMs > nowMs) return;
  complain('expiresAt', `expected an instant after now (${formatInstant(nowMs)}), came ${formatInstant(expiresAtMs)}`);
}

/** Until when a key goes on that another takes the place of: never longer than it would have. */
export function overlapEnd(key: Pick<KeyState, 'expiresAtMs'>, overlapMs: number, nowMs: number): number {
  return Math.min(nowMs + overlapMs, key.expiresAtMs ?? Number.POSITIVE_INFINITY);
}

/** When the key expires that takes another's place: it lives as long as that one was made to, from now. */
export function successorExpiry(key: Pick<KeyState, 'expiresAtMs' | 'madeAtMs'>, nowMs: number): number | null {
  return key.expiresAtMs === null ? null : nowMs + Math.max(minuteMs, key.expiresAtMs - key.madeAtMs);
}

/** Throws `conflict` where no key may take this one's place. */
export function assertReplaceable(key: KeyState, nowMs: number): void {
  if (key.replacedBy !== null) {
    throw refusal(`key ${key.id} was rotated already: rotate the one that took its place, ${key.replacedBy}`);
  }
  if (isUsable(key, nowMs)) return;
  const what = key.revokedAtMs === null ? 'has expired' : 'is revoked';
  throw refusal(`key ${key.id} ${what}: make a new one with POST /v1/keys`);
}

/**
 * Throws `conflict` where revoking this key would leave no admin's key that goes on: of the `others`, one that was replaced
 * will soon be over.
 */
export function assertNotLastAdmin(key: KeyState, others: readonly KeyState[], nowMs: number): void {
  if (key.role !== 'admin' || !isUsable(key, nowMs)) return;
  if (others.some((other) => other.role === 'admin' && other.id !== key.id && isCurrent(other, nowMs))) return;
  throw refusal(
    `key ${key.id} is the last admin key: nobody could make another over HTTP. Make one first (POST /v1/keys, or npm run key -- admin NAME where the database is at hand), or rotate this one`,
  );
}

function refusal(detail: string): MinutebookError {
  return new MinutebookError({ code: 'conflict', detail });
}
