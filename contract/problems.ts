// Refusals and failures: problem documents (RFC 9457).
import { Type } from '@sinclair/typebox';
import type { ErrorCode } from '../domain/errors';
import { errorRegistry } from '../domain/errors';
import { Count, words } from './scalars';
import { answer, optional, said, type Wire } from './shape';

const codes = Object.keys(errorRegistry) as ErrorCode[];

export const Problem = answer('Problem', {
  type: Type.String({ format: 'uri', description: 'names the kind of problem, for ever' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'what was expected, what came, what to do' }),
  code: words(codes, 'the last part of the type'),
  retryable: Type.Boolean({ description: 'whether the same call may succeed later, with nothing else changed' }),
  link: optional(Type.String({ description: 'where a customer mends it, of what the gate refuses' })),
  faults: optional(
    Type.Array(
      Type.Object({
        field: Type.String(),
        message: Type.String(),
        index: optional(Type.Integer({ minimum: 0, description: 'which entry of the list, from 0' })),
      }),
    ),
  ),
  committed: optional(
    Type.Object(
      {
        batches: Count,
        reports: said('the first of the body, which are stored; send on from there', Count),
        accepted: Count,
        quarantined: Count,
        ignored: Count,
      },
      { description: 'of usage as NDJSON: what was stored before that which is refused' },
    ),
  ),
  id: optional(Type.String({ description: 'of a 500: what the log has the cause under' })),
  returnUrl: optional(
    Type.String({ description: 'of a visit to the billing page that is over: where its page leads back to' }),
  ),
});
export type Problem = Wire<typeof Problem>;
