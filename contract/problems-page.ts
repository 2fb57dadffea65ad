// docs/problems.md: a section for each error of the registry.
import { type ErrorCode, type ErrorEntry, errorRegistry } from '../domain/errors';
import { problemTexts } from './problem-texts';

/** The stable address that names a kind of error. */
export function problemType(code: ErrorCode): string {
  return `https://minutebook.dev/problems/${code}`;
}

const introduction = `# Problems

Every refusal and failure is a problem document (RFC 9457, \`application/problem+json\`):

\`\`\`json
${JSON.stringify(problemExample('conflict'), null, 2)}
\`\`\`

Programs tell problems apart by \`type\`, or by \`code\`, which is its last part; both stay as they are. \`title\` and \`detail\` are
for people and may change. \`type\` is a name: nothing has to be fetched from there. Whoever runs a Minutebook has these texts at
\`/problems/<code>\` of its API.

Retryable says whether the same call may succeed later by itself. A retry is always safe: the same content, under the same
Idempotency-Key where one is needed, again changes nothing.
Where a call failed and it is not known whether it took effect, the same call again finds out.

This page is written by \`npm run openapi\`.
`;

/** The page, as Markdown. */
export function problemsPage(): string {
  const codes = Object.keys(errorRegistry) as ErrorCode[];
  return [introduction, ...codes.map(section)].join('\n');
}

function section(code: ErrorCode): string {
  const { title } = errorRegistry[code];
  const facts = problemFacts(code).map(([name, value]) => `- ${name}: ${value}`);
  const { when, mend } = problemTexts[code];
  return [
    `## ${code}`,
    '',
    `**${title}**`,
    '',
    ...facts,
    '',
    `**When.** ${when}`,
    '',
    `**What to do.** ${mend}`,
    '',
  ].join('\n');
}

/** A problem document as it comes. */
export function problemExample(code: ErrorCode): object {
  const { status, title, retryable } = errorRegistry[code];
  return { type: problemType(code), title, status, code, detail: problemTexts[code].detail, retryable };
}

/** Type, status and whether a retry can help, for people. */
export function problemFacts(code: ErrorCode): readonly (readonly [name: string, value: string])[] {
  const { status, retryable, againAfterMs }: ErrorEntry = errorRegistry[code];
  const later = againAfterMs === undefined ? '' : `, not before ${againAfterMs / 60_000} minutes`;
  return [
    ['Type', problemType(code)],
    ['Status', String(status)],
    ['Retryable', retryable ? `yes${later}` : 'no'],
  ];
}
