// The customer account, as the platform names it to us.
import { type Complain, came, FaultList, isAbsent, readFields, readInstant, readText } from './body';
import { formatInstant } from './period';
import { aheadMsMax } from './usage';

/** The body of PUT /v1/workspaces/{id}, read. */
export type WorkspaceEntry = {
  readonly name: string;
  readonly billingEmail: string;
  readonly startsAtMs?: number;
};

const startYearsMax = 10;

/**
 * Reads the body `{name, billingEmail, startsAt?}`. Throws `invalid_request` with every fault. A workspace may start up
 * to ten years back, and not in the future: nothing would bill it until then.
 */
export function parseWorkspace(body: unknown, { nowMs }: { readonly nowMs: number }): WorkspaceEntry {
  const faults = new FaultList();
  const complain = faults.at();
  const fields = readFields(body, ['name', 'billingEmail', 'startsAt'], complain) ?? {};
  const name = readText(fields.name, 'name', 200, complain) ?? '';
  const billingEmail = readEmail(fields.billingEmail, complain) ?? '';
  const startsAtMs = readStart(fields.startsAt, nowMs, complain);
  faults.throwIfAny('invalid_request', 'the workspace is');
  return startsAtMs === undefined ? { name, billingEmail } : { name, billingEmail, startsAtMs };
}

// Only mail itself proves an address. This keeps out what is plainly none, and line ends, which would be headers.
function readEmail(value: unknown, complain: Complain): string | undefined {
  if (
    typeof value === 'string' &&
    value.length <= 254 &&
    /^[^\s\p{Cc}\p{Cs}@]+@[^\s\p{Cc}\p{Cs}@.]+(\.[^\s\p{Cc}\p{Cs}@.]+)+$/u.test(value)
  ) {
    return value;
  }
  complain('billingEmail', `expected an e-mail address such as billing@example.com, came ${came(value)}`);
  return undefined;
}

function readStart(value: unknown, nowMs: number, complain: Complain): number | undefined {
  if (isAbsent(value)) return undefined;
  const ms = readInstant(value, 'startsAt', complain);
  if (ms === undefined) return undefined;
  const earliest = new Date(nowMs);
  earliest.setUTCFullYear(earliest.getUTCFullYear() - startYearsMax);
  if (ms < earliest.getTime()) {
    complain('startsAt', `expected at most ${startYearsMax} years before now, came ${formatInstant(ms)}`);
  }
  if (ms > nowMs + aheadMsMax) complain('startsAt', `expected no later than now, came ${formatInstant(ms)}`);
  return ms;
}
