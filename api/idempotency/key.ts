// What an Idempotency-Key is, and what it is of: draft-ietf-httpapi-idempotency-key-header.
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { came } from '../../domain/body';
import { MinutebookError } from '../../domain/errors';

const lengthMax = 255;

/**
 * The key that a call came with; undefined without one. A structured field's string, as the draft has it, or the same text
 * without its quotes, as many send it. Throws `invalid_request` for anything else.
 */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? (quoted(header) ?? bare(header)) : undefined;
  if (key !== undefined && key.length >= 1 && key.length <= lengthMax) return key;
  const message = `expected one text of 1 to ${lengthMax} visible characters such as "8e03978e-40d5-43e8-bc93-6894a57f9324", came ${came(header)}`;
  throw new MinutebookError({
    code: 'invalid_request',
    detail: `the Idempotency-Key is not valid: ${message}`,
    faults: [{ field: 'Idempotency-Key', message }],
  });
}

function quoted(header: string): string | undefined {
  const [, text] = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header) ?? [];
  return text?.replace(/\\(["\\])/g, '$1');
}

function bare(header: string): string | undefined {
  return /^[\x21-\x2b\x2d-\x7e]+$/.test(header) && !header.includes('"') ? header : undefined;
}

/** What stands for a call: the same key of another caller is of another call. */
export function hashOfCall(caller: string, key: string): string {
  return createHash('sha256').update(`${caller}\n${key}`).digest('hex');
}

/** What stands for all that a call asks for. The order of an object's fields, and what stands between them, says nothing. */
export function fingerprintOf({ method, url, body }: FastifyRequest): string {
  const content = Buffer.isBuffer(body) ? body : (JSON.stringify(body, inOrder) ?? '');
  return createHash('sha256').update(`${method} ${url}\n`).update(content).digest('hex');
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
