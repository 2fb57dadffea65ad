// What `minutebook-client` gives: the HTTP API as typed calls, and a batcher for usage. It runs without any other package.

export {
  Batcher,
  type BatcherCounts,
  type BatcherOptions,
  createBatcher,
  type RefusedReport,
  UnsentError,
} from './batcher';
export {
  type AuditOf,
  type Client,
  type ClientOptions,
  createClient,
  type Deploy,
  type EpisodesOf,
  type HourRange,
  Listing,
  type OfLine,
  type OfPeriod,
  type Tagged,
} from './http';
export { type Problem, ProblemError, type ProblemFault, UnreachableError } from './problem';
