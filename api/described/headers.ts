// The headers that say something of an answer or a request, in the OpenAPI document. A test refuses any other that is answered.

import { type Operation, type OperationId, operations } from '../../contract/operations';
import type { ErrorCode } from '../../domain/errors';
import { type Answers, type Described, type Json, keepsAnswers } from './kinds';

type Header = { readonly description: string; readonly schema: Json };

const text = (example: string): Json => ({ type: 'string', examples: [example] });

/** By what the document calls them. */
export const headers = {
  'Retry-After': {
    description: 'after how many seconds the same call is worth sending again',
    schema: { type: 'integer', minimum: 0, examples: [5] },
  },
  'WWW-Authenticate': { description: 'a key is sent as `Authorization: Bearer <key>`', schema: text('Bearer') },
  'Accept-Encoding': { description: 'how a body of usage may be compressed', schema: text('gzip, zstd') },
  'RateLimit-Policy': {
    description: 'how many calls may come in how many seconds',
    schema: text('"default";q=12000;w=60'),
  },
  RateLimit: {
    description: 'how many calls may still come at once, and after how many seconds all of them may again',
    schema: text('"default";r=11999;t=1'),
  },
  Link: {
    description:
      'relative to this address: where a list goes on, as rel="next"; of a missing Idempotency-Key what that means, as rel="describedby"',
    schema: text('<?cursor=YWNtZQ>; rel="next"'),
  },
  'Idempotency-Replayed': {
    description: 'true: this is the answer that the same call with this Idempotency-Key got before',
    schema: text('true'),
  },
  ETag: {
    description: 'follows from the content: sent as If-None-Match, it is answered 304 while that is the same',
    schema: text('"5xk0Zp3bq1mJr8uYw2v7Qg"'),
  },
  'Content-Disposition': {
    description: 'the name to keep the file under',
    schema: text('attachment; filename="invoice-acme-0001.pdf"'),
  },
} as const satisfies { readonly [name: string]: Header };

type HeaderName = keyof typeof headers;

// What comes with a problem.
const ofCodes: { readonly [Code in ErrorCode]?: HeaderName } = {
  idempotency_key_missing: 'Link',
  unauthorized: 'WWW-Authenticate',
  unsupported_media_type: 'Accept-Encoding',
  unavailable: 'Retry-After',
  rate_limited: 'Retry-After',
  metering_behind: 'Retry-After',
};

// Of whoever is counted.
const ofEveryAnswer = ['RateLimit-Policy', 'RateLimit', 'Idempotency-Replayed'] as const;

const downloads: readonly OperationId[] = [
  'getInvoicePdf',
  'getInvoiceCsv',
  'getInvoiceUsageCsv',
  'getCreditNotePdf',
  'getCreditNoteCsv',
];

// What comes with an answer that is none.
const ofOperations: { readonly [name in HeaderName]?: (operation: Described) => boolean } = {
  'RateLimit-Policy': isCounted,
  RateLimit: isCounted,
  Link: isPaged,
  'Idempotency-Replayed': keepsAnswers,
  ETag: isTagged,
  'Content-Disposition': ({ id }) => downloads.includes(id),
};

function isTagged({ method, access }: Described): boolean {
  return method === 'GET' && access !== 'open';
}

function isPaged({ id }: Described): boolean {
  const { answers }: Operation = operations[id];
  return 'next' in (answers[200]?.['properties'] ?? {});
}

function isCounted({ access }: Described): boolean {
  return access !== 'open';
}

/** Parameters of requests, by what they are called among the components. */
export const requestHeaders: { readonly [name: string]: Json & { readonly of: (operation: Described) => boolean } } = {
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'the ETag of what the caller has: answered 304 where nothing is new',
    schema: text('"5xk0Zp3bq1mJr8uYw2v7Qg"'),
    of: isTagged,
  },
};

/** The `headers` of a problem's answer. */
export function headersOfProblems(codes: readonly ErrorCode[]): Json {
  return headersNamed([...ofEveryAnswer, ...codes.flatMap((code) => ofCodes[code] ?? [])]);
}

/** The `headers` of an answer that is no problem. */
export function headersOfAnswers(operation: Described): Json {
  const names = Object.keys(headers) as HeaderName[];
  return headersNamed(names.filter((name) => ofOperations[name]?.(operation)));
}

/** What is answered where the caller has it already. */
export function notModified(operation: Described): Answers {
  if (!isTagged(operation)) return {};
  return { 304: { description: 'nothing is new', ...headersNamed(['RateLimit-Policy', 'RateLimit', 'ETag']) } };
}

function headersNamed(names: readonly HeaderName[]): Json {
  if (names.length === 0) return {};
  return { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) };
}
