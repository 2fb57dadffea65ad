// The problems that each operation may answer, in the OpenAPI document: by status, with their codes and an example of each.
import { ownProblems } from '../../contract/problem-codes';
import { Problem } from '../../contract/problems';
import { problemExample } from '../../contract/problems-page';
import { type ErrorCode, errorRegistry } from '../../domain/errors';
import { problemMediaType } from '../problems';
import { headersOfProblems } from './headers';
import { type Answers, type Described, type Json, keepsAnswers, opensTo } from './kinds';

// What all operations of a kind may answer.
const common: readonly { readonly codes: readonly ErrorCode[]; readonly of: (operation: Described) => boolean }[] = [
  { codes: ['invalid_request', 'internal', 'unavailable'], of: () => true },
  { codes: ['unauthorized', 'forbidden'], of: ({ access }) => access !== 'open' },
  // A visit of the billing page calls what a workspace's key may.
  { codes: ['session_over'], of: ({ access }) => opensTo(access, 'workspace') },
  { codes: ['rate_limited'], of: ({ access }) => access !== 'open' },
  { codes: ['call_in_flight', 'idempotency_key_reused'], of: keepsAnswers },
  { codes: ['idempotency_key_missing'], of: ({ post }) => post?.key === 'required' },
  { codes: ['not_found'], of: ({ path }) => path.includes('{') },
  {
    codes: ['request_timeout', 'payload_too_large', 'unsupported_media_type'],
    of: ({ method }) => method !== 'GET',
  },
];

// What a gate hands on, for the platform to answer its own callers with.
const ofGates: readonly ErrorCode[] = ['credits_exhausted', 'payment_method_missing', 'past_due', 'suspended'];

/** Answers what was asked for in a way that no operation has, so it is of none. */
export const ofNoOperation: readonly ErrorCode[] = ['method_not_allowed', ...ofGates];

/** Every code that an operation may answer. */
export function codesOf(operation: Described): readonly ErrorCode[] {
  const shared = common.flatMap(({ codes, of }) => (of(operation) ? codes : []));
  const codes = new Set([...shared, ...(ownProblems[operation.id] ?? [])]);
  return (Object.keys(errorRegistry) as ErrorCode[]).filter((code) => codes.has(code));
}

/** References of an operation to its problems, by status. */
export function problemAnswers(operation: Described): Answers {
  return Object.fromEntries(
    [...byStatus(codesOf(operation))].map(([status, codes]) => [
      status,
      { $ref: `#/components/responses/${nameOf(codes)}` },
    ]),
  );
}

/** What those references lead to: each set of codes once, however many operations answer it. */
export function problemComponents(operations: readonly Described[]): {
  readonly responses: Json;
  readonly examples: Json;
} {
  const sets = operations.flatMap((operation) => [...byStatus(codesOf(operation)).values()]);
  const used = new Set(sets.flat());
  return {
    responses: Object.fromEntries(sets.map((codes) => [nameOf(codes), problemAnswer(codes)])),
    examples: Object.fromEntries(
      [...used].map((code) => [code, { summary: titleOf(code), value: problemExample(code) }]),
    ),
  };
}

function byStatus(codes: readonly ErrorCode[]): ReadonlyMap<number, readonly ErrorCode[]> {
  const found = new Map<number, readonly ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorRegistry[code];
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return found;
}

function nameOf(codes: readonly ErrorCode[]): string {
  return codes.join('_or_');
}

function problemAnswer(codes: readonly ErrorCode[]): Json {
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  return {
    description: codes.map((code) => `\`${code}\`: ${titleOf(code)}`).join('; '),
    ...headersOfProblems(codes),
    content: { [problemMediaType]: { schema: { $ref: `#/components/schemas/${Problem.$id}` }, examples } },
    'x-codes': codes,
  };
}

function titleOf(code: ErrorCode): string {
  return errorRegistry[code].title;
}
