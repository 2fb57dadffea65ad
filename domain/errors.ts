// The one registry of errors: the API's status and Temporal's non-retryable flag are both read from here.

/** What can go wrong, under its stable name: HTTP status, title for people, and whether the same call may succeed later. */
export const errorRegistry = {
  invalid_request: { status: 400, title: 'The request is not valid', retryable: false },
  invalid_usage: { status: 400, title: 'The usage is not valid', retryable: false },
  idempotency_key_missing: { status: 400, title: 'Idempotency-Key is missing', retryable: false },
  unauthorized: { status: 401, title: 'A valid key is needed', retryable: false },
  session_over: { status: 401, title: 'This visit is over', retryable: false },
  // What a gate refuses, in its words, for a platform to pass on to its customer: about money, so never a 429.
  credits_exhausted: { status: 402, title: 'The credits are used up', retryable: false },
  payment_method_missing: { status: 402, title: 'A payment method is needed', retryable: false },
  past_due: { status: 402, title: 'An invoice is past due', retryable: false },
  suspended: { status: 403, title: 'This account is suspended', retryable: false },
  forbidden: { status: 403, title: 'This key may not do that', retryable: false },
  not_found: { status: 404, title: 'Not found', retryable: false },
  link_over: { status: 410, title: 'This link is over', retryable: false },
  method_not_allowed: { status: 405, title: 'This address does not have that method', retryable: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', retryable: true },
  conflict: { status: 409, title: 'This contradicts what is already there', retryable: false },
  call_in_flight: { status: 409, title: 'This call is being answered already', retryable: true },
  grant_key_conflict: { status: 409, title: 'This grant key is taken by another grant', retryable: false },
  workspace_conflict: { status: 409, title: 'This workspace already exists with other content', retryable: false },
  invoiced_hours: { status: 409, title: 'This would alter hours already invoiced', retryable: false },
  usage_not_kept: { status: 409, title: 'This usage is not kept any more', retryable: false },
  payments_off: { status: 409, title: 'Nothing is charged here', retryable: false },
  page_off: { status: 409, title: 'There is no billing page here', retryable: false },
  // Only somebody can mend it; what waits for it is tried on, and goes on by itself then.
  sum_too_large: { status: 409, title: 'A sum is larger than can be billed', retryable: true },
  payload_too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'This media type is not understood', retryable: false },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key is of another call', retryable: false },
  rate_limited: { status: 429, title: 'Too many calls', retryable: true },
  metering_behind: { status: 429, title: 'Metering is too far behind to take more usage', retryable: true },
  // A bug: an activity that meets one is retried, so that a workflow goes on by itself once the fix is deployed.
  internal: { status: 500, title: 'Something is broken here', retryable: true },
  unavailable: { status: 503, title: 'Not available at the moment', retryable: true },
  // Only somebody can mend it, so it is not asked again at once: what waits for it goes on by itself some minutes after.
  payments_misconfigured: {
    status: 503,
    title: 'Payments are not set up rightly',
    retryable: true,
    againAfterMs: 300_000,
  },
} as const satisfies Record<string, ErrorEntry>;

/** `againAfterMs`: how long to wait before the same call, where at once is too soon. */
export type ErrorEntry = {
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
  readonly againAfterMs?: number;
};

export type ErrorCode = keyof typeof errorRegistry;

/** One thing wrong with what came: at which index of a list (where it is one), in which field, and what was expected. */
export type Fault = { readonly index?: number; readonly field: string; readonly message: string };

/** What was stored of a body that was refused further on: of its first `reports`. */
export type Committed = {
  readonly batches: number;
  readonly reports: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly ignored: number;
};

/** Every error that Minutebook raises knowingly. `detail` says what was expected, what came and what to do. */
export class MinutebookError extends Error {
  readonly code: ErrorCode;
  readonly faults?: readonly Fault[];
  readonly committed?: Committed;
  /** Of a visit that is over: where its page leads back to. */
  readonly returnUrl?: string;

  constructor(about: {
    readonly code: ErrorCode;
    readonly detail: string;
    readonly faults?: readonly Fault[];
    readonly committed?: Committed;
    readonly returnUrl?: string;
    readonly cause?: unknown;
  }) {
    super(about.detail, about.cause === undefined ? undefined : { cause: about.cause });
    this.name = 'MinutebookError';
    this.code = about.code;
    if (about.faults !== undefined) this.faults = about.faults;
    if (about.committed !== undefined) this.committed = about.committed;
    if (about.returnUrl !== undefined) this.returnUrl = about.returnUrl;
  }

  get detail(): string {
    return this.message;
  }
}
