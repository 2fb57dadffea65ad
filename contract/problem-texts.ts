// What docs/problems.md and the OpenAPI document say of each error of the registry.
import type { ErrorCode } from '../domain/errors';

export type ProblemText = {
  /** When it comes. */
  readonly when: string;
  /** What whoever gets it does. */
  readonly mend: string;
  /** A detail as it comes. */
  readonly detail: string;
};

export const problemTexts: { readonly [Code in ErrorCode]: ProblemText } = {
  invalid_request: {
    when: `Something of the request is not as the OpenAPI document has it: the body, a parameter of the path or the query, or the
HTTP itself. \`faults\` names every field at fault, in a list also the index of its entry. Nothing was changed.`,
    mend: 'Mend what the faults name, and send it again.',
    detail: 'the grant is not valid: amount: expected more than nothing, came "0"',
  },
  invalid_usage: {
    when: `A report of usage is malformed. \`faults\` lists what is wrong by the report's index, up to the thousandth, where
reading stops. Nothing of the batch was stored; of NDJSON, which is stored while it arrives, \`committed\` says what was.`,
    mend: 'Mend or leave out the reports that are named. The same reports again change nothing, so the whole may be sent again.',
    detail: 'the usage is not valid: [0].to: expected an instant after from, came "2025-01-31T23:58:00Z"',
  },
  idempotency_key_missing: {
    when: `A POST came without \`Idempotency-Key\` that would do its work again if it came again: a key, a secret, a link or a test event
would be made anew, a count, an e-mail or a drop repeated. Its body has no key of its own. Nothing was done. The OpenAPI document says of
each POST whether the header is required, and why.`,
    mend: `Send \`Idempotency-Key: <a UUID of yours>\`: another for each call, and the same one when you send the same call again. It is then
answered as it was the first time, for 24 hours.`,
    detail:
      'expected the header Idempotency-Key with POST /v1/keys, came none; nothing was done: send one of its own with each call, such as a UUID, and the same with the same call again',
  },
  unauthorized: {
    when: 'No key came with the call, or one that is not known, is revoked, or has expired. All four are answered alike.',
    mend: 'Send `Authorization: Bearer <key>` with a key that is good. An admin makes keys by `POST /v1/keys`, or `npm run key`.',
    detail: 'expected the header "Authorization: Bearer <key>" with a key that is known, not revoked and not expired',
  },
  session_over: {
    when: `A browser asks for the billing page whose visit is over: it was not used for half an hour, it lasted twelve, or the
customer signed out. Calls with a key never get this.`,
    mend: 'Open the page again by a new link of `POST /v1/workspaces/{workspace}/billing-page`; `returnUrl`, where there is one, leads back to who makes it.',
    detail: 'this visit of the billing page is over: open it again',
  },
  credits_exhausted: {
    when: `What the gate refuses a deployment with, for the platform to pass on: the credits are used up and no payment method is
on file. The gate itself answers 200 with this as its \`problem\`.`,
    mend: 'Add a payment method at `link`, or have credits granted; the models that were stopped start by themselves.',
    detail: 'your credits are used up: add a payment method to deploy again',
  },
  payment_method_missing: {
    when: 'What the gate refuses a deployment with where there were no credits, and no payment method is on file.',
    mend: 'Add a payment method at `link`.',
    detail: 'no payment method is on file: add one to deploy',
  },
  past_due: {
    when: 'What the gate refuses a deployment with where an invoice has been past due for longer than this Minutebook waits.',
    mend: 'Pay the invoice at `link`.',
    detail: 'an invoice is past due: pay it to deploy again',
  },
  suspended: {
    when: 'What the gate refuses a deployment with where an operator of the platform has suspended the account.',
    mend: 'Ask the platform: no payment lifts it.',
    detail: 'this account is suspended: ask your platform',
  },
  forbidden: {
    when: `The key is good, and its role may not make this call; or the visit of the billing page was opened to read only, or the
request came from a page of another origin.`,
    mend: 'Use a key of one of the roles that the detail names; the OpenAPI document has them as `x-roles`.',
    detail: 'expected a key of the role admin, came one of the role platform',
  },
  not_found: {
    when: `What the address names is not there: a workspace, an invoice, a key, or the address itself. For a workspace's own key
whatever belongs to others is not there either.`,
    mend: 'Look at the id. A workspace is there once `PUT /v1/workspaces/{workspace}` was called.',
    detail: 'there is no workspace acme',
  },
  link_over: {
    when: 'The link of an e-mail is asked for that has expired, after sixty days, or whose task is done.',
    mend: 'Open the latest e-mail, or the billing page of the account.',
    detail:
      'Links in our e-mails are good for sixty days. The latest e-mail about your invoices has one that works, and so has the billing page of your account.',
  },
  method_not_allowed: {
    when: 'The address is right, and has no such method.',
    mend: 'Use one of the methods in the header `Allow`.',
    detail: 'expected GET or HEAD of /v1/workspaces/acme/usage, came POST',
  },
  request_timeout: {
    when: 'The request did not arrive in time: its headers within 10 s, its body within 60 s. The connection is closed.',
    mend: 'Send it again, from where the network is better or in smaller parts. NDJSON may take as long as it likes while it keeps coming.',
    detail: 'the request did not arrive in time; nothing was stored: send it again',
  },
  conflict: {
    when: `The call contradicts what is already there: a key that was used for something else, an amount beyond what is left, a
state that does not allow it. Nothing was changed.`,
    mend: 'Read what is there, as the detail says, and decide anew. The same call again is answered the same.',
    detail: '2025-02 has not begun yet: it cannot be closed',
  },
  call_in_flight: {
    when: 'A call with this `Idempotency-Key` is being answered at the moment. Nothing was done by this one.',
    mend: 'Send it again after the seconds in `Retry-After`: then it gets the answer of the other.',
    detail: 'a call with this Idempotency-Key is being answered: send it again in a second',
  },
  grant_key_conflict: {
    when: 'A grant of this key is there already, with other content. The same grant again is no conflict.',
    mend: 'Give another grant under another key. What was given is not altered; `POST …/grants/{key}/end` ends it early.',
    detail: 'workspace acme has a grant welcome already, with another amount; give this one a key of its own',
  },
  workspace_conflict: {
    when: 'A workspace of this id is there already, and began at another time: its start never changes.',
    mend: 'Leave `startsAt` out, or send the one that it has.',
    detail:
      'workspace acme starts at 2025-01-01T00:00:00Z, which cannot be changed to 2025-02-01T00:00:00Z: leave startsAt out, or send the same',
  },
  invoiced_hours: {
    when: 'A price or terms would alter hours that an issued invoice holds. Nothing was changed.',
    mend: 'Let them hold from a later hour on. What was billed wrongly is mended by a correction or a credit note.',
    detail:
      'these terms would alter the hour 2025-01-01T00:00:00Z of 2025-01, which is closed for workspace acme; nothing was stored: let it hold from an hour that is not invoiced yet',
  },
  usage_not_kept: {
    when: 'What was asked for needs minutes of a month whose usage has been dropped (USAGE_KEEP_MONTHS). Nothing was changed.',
    mend: 'Money is given back by a credit note or a refund, which need no usage; an invoice is voided with `usage: voided`. A new workspace starts later.',
    detail:
      'nothing was changed: the correction is about 2025-01-05T10:00:00Z, and usage is kept since 2025-06-01T00:00:00Z: give money back by a credit note instead',
  },
  payments_off: {
    when: 'This Minutebook has no account at the payment processor: invoices are issued and not charged.',
    mend: 'An operator sets STRIPE_SECRET_KEY. Payments that came another way are recorded by `POST /v1/invoices/{invoice}/payments`.',
    detail: 'this Minutebook charges nothing: whoever runs it has to set STRIPE_SECRET_KEY',
  },
  page_off: {
    when: 'This Minutebook does not know at which address browsers reach it, so there is no link to its billing page.',
    mend: 'An operator sets PUBLIC_URL.',
    detail: 'whoever runs this Minutebook has to set PUBLIC_URL, where customers reach its pages',
  },
  sum_too_large: {
    when: `What a workspace used comes to more than 64 bits of nano-dollars hold, 9,223,372,036.85 US dollars: two thousand replicas for a month at
the dearest price there may be. Its usage is metered all the same; what sums it up cannot be said, and no invoice is issued.`,
    mend: `Put right the price, or the usage, that is mistyped: \`PUT /v1/prices\`, or a correction. Nothing else has to be done: what waits for
it is tried on.`,
    detail:
      'what was used does not fit 64 bits of nano-dollars (9.2 billion US dollars): most likely a price is mistyped; put it right, and what waits for it goes on by itself',
  },
  payload_too_large: {
    when: `The body is over its limit: 1 MiB, of usage as JSON BODY_LIMIT_BYTES, of what a compressed body unfolds to
UNFOLDED_LIMIT_BYTES. Nothing was stored, unless \`committed\` says so.`,
    mend: 'Send it in smaller parts; usage without end goes as NDJSON.',
    detail: 'the body is over the limit of 1 MiB (usage has its own); nothing was stored: send it in smaller parts',
  },
  unsupported_media_type: {
    when: 'The Content-Type or Content-Encoding of the body is none that this call understands.',
    mend: 'Send `application/json`, or what the OpenAPI document names for the call. Usage alone may come compressed, by what `Accept-Encoding` of the answer names.',
    detail:
      'expected a Content-Type of application/json (for POST /v1/usage also application/x-ndjson and CloudEvents)',
  },
  idempotency_key_reused: {
    when: 'This `Idempotency-Key` came before with another body or for another address. Nothing was done by this call.',
    mend: 'Send another call under another key, and only the same call under the same.',
    detail: 'this Idempotency-Key came with another call before: give each call a key of its own',
  },
  rate_limited: {
    when: `More calls came with this key (or, without one, from this address) than RATE_LIMIT allows; usage is counted by itself. It
is never about money. The headers \`RateLimit\` and \`RateLimit-Policy\` of every answer say how many are left.`,
    mend: 'Wait the seconds in `Retry-After`. Usage goes in larger batches: a call takes as much as 5,000 reports in its stride.',
    detail: 'expected at most 12000 calls a minute with this key: send it again in 3 s',
  },
  metering_behind: {
    when: `More usage comes than is metered, or no worker runs: what came last is not metered for longer than
USAGE_LAG_LIMIT_MINUTES. Nothing was stored.`,
    mend: 'Keep the reports and send them again after the seconds in `Retry-After`, for as long as it takes. Operators: `/health/metering`, docs/operations.md.',
    detail:
      'metering is 63 minutes behind, and usage is taken while it is at most 60 (USAGE_LAG_LIMIT_MINUTES); nothing was stored: send it again in 30 s, for as long as it takes',
  },
  internal: {
    when: 'Something is broken here: a bug. Whether the call took effect is not known.',
    mend: 'Send the same call again later, under the same `Idempotency-Key` where it had one: no money moves twice. Tell whoever runs this Minutebook the `id`: the log has the cause under it.',
    detail: 'nothing that you can mend; the log has the cause under 5f3c1a9e-0b1c-4a53-9f0e-6a2d8c1b7e44',
  },
  unavailable: {
    when: `Postgres, the payment processor or another part that the call needs does not answer at the moment. Whether the call took
effect is not known.`,
    mend: 'Send the same call again, after the seconds in `Retry-After`, under the same `Idempotency-Key` where it had one: no money moves twice.',
    detail: 'Postgres does not answer at the moment; it is not known whether this was stored: send it again in 5 s',
  },
  payments_misconfigured: {
    when: 'The payment processor refuses the key, its mode or the API version of this Minutebook. Nothing is charged until that is mended.',
    mend: 'An operator looks at `/health/payments`, which says what is refused, and mends the setting. What waits goes on by itself.',
    detail:
      'Stripe does not take our calls (Invalid API Key provided): put STRIPE_SECRET_KEY right, its mode, rights and account, and restart',
  },
};
