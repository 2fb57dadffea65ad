// docs/problems.md is what the registry of errors says, in a section each.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { problemsPage } from '../../contract/problems-page';
import { type ErrorCode, errorRegistry } from '../../domain/errors';

const page = readFileSync(path.resolve(__dirname, '../../docs/problems.md'), 'utf8');

test('docs/problems.md is what the code says; npm run openapi writes it anew', () => {
  expect(page).toBe(problemsPage());
});

test.each(Object.keys(errorRegistry) as ErrorCode[])(
  '%s has its section: type, status, title, when it comes, what to do',
  (code) => {
    const section = page.split('\n## ').find((each) => each.startsWith(`${code}\n`)) ?? '';
    const { status, title, retryable } = errorRegistry[code];
    for (const said of [
      `**${title}**`,
      `- Type: https://minutebook.dev/problems/${code}`,
      `- Status: ${status}`,
      `- Retryable: ${retryable ? 'yes' : 'no'}`,
      '**When.** ',
      '**What to do.** ',
    ]) {
      expect(section).toContain(said);
    }
  },
);
