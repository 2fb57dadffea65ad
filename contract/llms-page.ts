// /llms.txt, and docs/llms.txt: where programs that read for somebody begin, in the form of llmstxt.org.

/** Guides for people that are as good for programs: files of docs/, which the API serves under /docs/. */
export const guides: { readonly [file: string]: string } = {
  'integrating.md':
    'Connect a platform, from the first price to the paid invoice: every call with its answer. Begin here',
  'intake.md': 'Formats and limits of usage: NDJSON, CloudEvents, compressed bodies',
  'pricing.md': 'The rules of prices, contract prices, terms and credits',
  'bills.md': 'What each figure of the dashboard, invoices, credits and CSVs means',
  'problems.md': 'Each error with when it comes, whether to call again, and what to do',
  'webhooks.md': 'What the platform is told of, how to check that it is Minutebook that tells, and what is sent again',
  'corrections.md': 'What to do about usage that was billed wrongly',
  'operations.md': 'Run it: processes, settings, metrics, e-mail, payments',
};

/**
 * The page, whose links are relative. `docs` leads to the guides, `root` to what the API serves itself; `client` is the README of
 * the client package.
 */
export function llmsPage({ docs, root, client }: { readonly [place in 'docs' | 'root' | 'client']: string }): string {
  const listed = Object.entries(guides).map(([file, what]) => `- [${file}](${docs}${file}): ${what}`);
  return `# Minutebook

> Billing for platforms that run other people's machine-learning models. The platform reports which replica ran from when to when;
> Minutebook bills by the minute, collects by Stripe, and says before each deployment whether it is paid for.

- A key goes with every call: \`Authorization: Bearer <key>\`. Roles: platform, admin, workspace, read.
- Amounts are decimal strings of US dollars: read them with a decimal type, never a float. Times are RFC 3339, days and months UTC.
- Every call may be repeated: the same content again changes nothing. Call again on 408, 429, 5xx and no answer, after Retry-After.
- Some POSTs need an \`Idempotency-Key\` (a UUID for each call, the same when it is sent again): the description says which.
- Errors are problem documents (RFC 9457); tell them apart by \`code\`. \`retryable\` says whether the same call may succeed later.
- Lists answer \`{items, next?}\`: ask for the next page with \`?cursor=<next>\`.

## Guides

${listed.slice(0, 6).join('\n')}

## Reference

- [openapi.json](${root}openapi.json): Every operation, field and error (OpenAPI 3.1)
- [platform-openapi.json](${docs}platform-openapi.json): What a platform implements, so that Minutebook can stop its models and start them
- [minutebook-client](${client}): The TypeScript package: typed calls that try again, a batcher for usage, Temporal workflows

## Optional

${listed.slice(6).join('\n')}
`;
}
