// Every error leaves as a problem document (RFC 9457), by one handler, out of the one registry of errors.
import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUnreachable } from '../db/connection/unreachable';
import { type ErrorCode, errorRegistry, MinutebookError } from '../domain/errors';

export const problemMediaType = 'application/problem+json';
const retryAfterSeconds = 5;

/** The stable address that names a kind of error. */
export function problemType(code: ErrorCode): string {
  return `https://minutebook.dev/problems/${code}`;
}

export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: Error, request, reply) => sendProblem(request, reply, error));
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?');
    const detail = `there is no ${request.method} ${path}; GET /openapi.json describes what there is`;
    return sendProblem(request, reply, new MinutebookError({ code: 'not_found', detail }));
  });
}

/** Answers with the problem document of an error. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: Error): FastifyReply {
  const known = asKnown(error);
  const { code, detail, faults } = known;
  const { status, title } = errorRegistry[code];
  if (code === 'unavailable') {
    reply.header('retry-after', retryAfterSeconds);
    request.log.warn({ err: known.cause ?? known, path: request.routeOptions.url }, 'answered 503');
  }
  const about = { type: problemType(code), title, status, code };
  if (code !== 'internal') return send(reply, { ...about, detail, ...(faults && { faults }) });
  // What went wrong inside is for the log; the caller gets the id to find it by.
  const id = randomUUID();
  request.log.error({ err: error, problemId: id, path: request.routeOptions.url }, 'answered 500');
  return send(reply, { ...about, detail: `nothing that you can mend; the log has the cause under ${id}`, id });
}

function send(
  reply: FastifyReply,
  problem: { readonly status: number; readonly [member: string]: unknown },
): FastifyReply {
  return reply.code(problem.status).type(problemMediaType).send(problem);
}

function asKnown(error: Error): MinutebookError {
  if (error instanceof MinutebookError) return error;
  if (isUnreachable(error)) {
    const detail = `Postgres does not answer at the moment; nothing is known to have been stored: send it again in ${retryAfterSeconds} s`;
    return new MinutebookError({ code: 'unavailable', detail, cause: error });
  }
  return fromFastify(error) ?? new MinutebookError({ code: 'internal', detail: error.message, cause: error });
}

// What Fastify refuses by itself, before a handler runs.
function fromFastify(error: Error & Partial<FastifyError>): MinutebookError | undefined {
  const { code, statusCode = 500 } = error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const detail = 'the body is over the limit (BODY_LIMIT_BYTES); nothing was stored: send it in smaller parts';
    return new MinutebookError({ code: 'payload_too_large', detail });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const detail = 'expected a Content-Type of application/json (for POST /v1/usage also application/x-ndjson)';
    return new MinutebookError({ code: 'unsupported_media_type', detail });
  }
  if (statusCode >= 400 && statusCode < 500) {
    return new MinutebookError({ code: 'invalid_request', detail: error.message, cause: error });
  }
  return undefined;
}
