// Telling "the database is away" from a fault of ours: the first is nobody's mistake and the same call may soon succeed.

/** Class 08: connection exceptions. Class 53: no disk, memory or connections left. 57P0x: shutting down, crashed, starting. */
const awayStates = /^(08...|53...|57P0[1-5])$/;
/** Lost a deadlock, waited too long for a lock or took too long: nothing was changed, and trying again helps. */
const busyStates = /^(40001|40P01|55P03|57014|25P0[34])$/;
/** Whether Postgres ended a statement because it, or what it waited for, took longer than it may. */
export function tookTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

/** Whether a sum left 64 bits. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '22003';
}

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
// node-postgres gives these no code, and knex writes the statement before them.
const lostMessages =
  /(?:^| - )(?:Connection terminated|timeout exceeded when trying to connect|timeout expired$|Query read timeout|Client was closed|Client has encountered a connection error)/;

/** Whether an error of knex or node-postgres says that Postgres cannot be reached or cannot answer just now. */
export function isUnreachable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, name, message, errors } = error as {
    readonly [part in 'code' | 'name' | 'message' | 'errors']?: unknown;
  };
  if (typeof code === 'string' && (awayStates.test(code) || busyStates.test(code) || socketCodes.has(code)))
    return true;
  // Node tries every address of a host and reports what happened as one error.
  if (Array.isArray(errors)) return errors.some(isUnreachable);
  return name === 'KnexTimeoutError' || lostMessages.test(String(message));
}
