// Every error leaves as a problem document (RFC 9457), by one handler, out of the one registry of errors.
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemType } from '../contract/problems-page';
import { isOutOfRange, isUnreachable } from '../db/connection/unreachable';
import { type ErrorCode, errorRegistry, MinutebookError } from '../domain/errors';
import { sumTooLarge } from '../domain/money';
import { retryAfterSeconds as behindRetryAfterSeconds } from './intake/backlog';
import { encodings } from './intake/encoding';
import type { MethodsOf } from './methods';

export const problemMediaType = 'application/problem+json';
const retryAfterSeconds = 5;

/** What every problem document of a kind says, with the words of this one. */
export function problemOf(code: ErrorCode, detail: string) {
  const { status, title, retryable } = errorRegistry[code];
  return { type: problemType(code), title, status, code, detail, retryable };
}

export function answerWithProblems(app: FastifyInstance, methodsOf: MethodsOf): void {
  app.setErrorHandler((error: Error, request, reply) => sendProblem(request, reply, error));
  const answerAbsent = (request: FastifyRequest, reply: FastifyReply) => {
    const [path = ''] = request.url.split('?');
    const methods = methodsOf(path);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    return sendProblem(request, reply, absent(request.method, path, methods));
  };
  app.setNotFoundHandler(answerAbsent);
  // Before its body is read, which may be of a kind that only another method understands.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return answerAbsent(request, reply);
  });
}

function absent(method: string, path: string, methods: readonly string[]): MinutebookError {
  if (methods.length === 0) {
    const detail = `there is no ${method} ${path}; GET /openapi.json describes what there is`;
    return new MinutebookError({ code: 'not_found', detail });
  }
  return new MinutebookError({
    code: 'method_not_allowed',
    detail: `expected ${methods.join(' or ')} of ${path}, came ${method}`,
  });
}

/**
 * Answers what never became a request of ours, on its socket: what is no HTTP, or did not arrive in time. Nothing is said
 * where an answer has begun already, as it would become part of that one.
 */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: answer } = socket as Socket & {
    readonly _httpMessage?: { readonly headersSent: boolean } | null;
  };
  if (!socket.writable || error.code === 'ECONNRESET' || answer?.headersSent) {
    socket.destroy();
    return;
  }
  const { code, detail } = brokenRequest(error);
  const problem = problemOf(code, detail);
  const { status } = problem;
  const body = JSON.stringify(problem);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `content-type: ${problemMediaType}`, 'connection: close'];
  socket.end(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () =>
    socket.destroy(),
  );
}

function brokenRequest({ code, message }: NodeJS.ErrnoException): {
  readonly code: ErrorCode;
  readonly detail: string;
} {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { code: 'request_timeout', detail: 'the request did not arrive in time; nothing was stored: send it again' };
  }
  if (code === 'HPE_HEADER_OVERFLOW') return { code: 'invalid_request', detail: 'expected headers of at most 16 KiB' };
  return { code: 'invalid_request', detail: `expected an HTTP/1.1 request, came something else: ${message}` };
}

/** Answers with the problem document of an error. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: Error): FastifyReply {
  const known = asKnown(error);
  const { code, detail, faults, committed, returnUrl } = known;
  if (code === 'unavailable' || code === 'sum_too_large') {
    const { status } = errorRegistry[code];
    request.log.warn({ err: known.cause ?? known, path: request.routeOptions.url }, `answered ${status}`);
  }
  if (code === 'unavailable') reply.header('retry-after', retryAfterSeconds);
  if (code === 'metering_behind') reply.header('retry-after', behindRetryAfterSeconds);
  // Whoever did not send in time may send on for ever.
  if (code === 'request_timeout') reply.header('connection', 'close');
  if (code === 'unsupported_media_type') reply.header('accept-encoding', encodings.join(', '));
  if (code !== 'internal') {
    const more = { ...(committed && { committed }), ...(faults && { faults }), ...(returnUrl && { returnUrl }) };
    return send(reply, { ...problemOf(code, detail), ...more });
  }
  // What went wrong inside is for the log; the caller gets the id to find it by.
  const id = randomUUID();
  request.log.error({ err: error, problemId: id, path: request.routeOptions.url }, 'answered 500');
  const said = problemOf(code, `nothing that you can mend; the log has the cause under ${id}`);
  return send(reply, { ...said, ...(committed && { committed }), id });
}

function send(
  reply: FastifyReply,
  problem: { readonly status: number; readonly [member: string]: unknown },
): FastifyReply {
  return reply.code(problem.status).type(problemMediaType).send(problem);
}

/** The error as one of ours. */
export function asKnown(error: Error): MinutebookError {
  if (error instanceof MinutebookError) return error;
  // A sender that goes away looks like Postgres doing so: what has a status came from the HTTP side.
  const refused = fromFastify(error);
  if (refused !== undefined) return refused;
  if (isUnreachable(error)) {
    const detail = `Postgres does not answer at the moment; it is not known whether this was stored: send it again in ${retryAfterSeconds} s`;
    return new MinutebookError({ code: 'unavailable', detail, cause: error });
  }
  if (isOutOfRange(error)) return sumTooLarge('what was used does not fit 64 bits of nano-dollars', error);
  return new MinutebookError({ code: 'internal', detail: error.message, cause: error });
}

// What Fastify refuses by itself, before a handler runs.
function fromFastify(error: Error & Partial<FastifyError>): MinutebookError | undefined {
  const { code, statusCode = 500 } = error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const detail =
      'the body is over the limit of 1 MiB (usage has its own); nothing was stored: send it in smaller parts';
    return new MinutebookError({ code: 'payload_too_large', detail });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const detail =
      'expected a Content-Type of application/json (for POST /v1/usage also application/x-ndjson and CloudEvents)';
    return new MinutebookError({ code: 'unsupported_media_type', detail });
  }
  if (statusCode >= 400 && statusCode < 500) {
    return new MinutebookError({ code: 'invalid_request', detail: error.message, cause: error });
  }
  return undefined;
}
