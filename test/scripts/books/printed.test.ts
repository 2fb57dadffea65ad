import type { Books } from '../../../db/books/trial-balance';
import { trialBalance } from '../../../domain/trial-balance';
import { readOptions } from '../../../scripts/books/options';
import { asJson, asText } from '../../../scripts/books/printed';

const checks: Books['checks'] = [
  { name: 'postings', explain: 'every posting sums to zero', holds: true, faults: [], hasMore: false },
  {
    name: 'grants',
    explain: 'every grant is posted',
    holds: false,
    faults: [{ workspace: 'acme', grant: 'free', fault: 'it is not' }],
    hasMore: true,
  },
];
const months = trialBalance([
  { month: '2025-01', account: 'receivable', debitsNanos: 1_234_567_890_000_000n, creditsNanos: 0n },
  { month: '2025-01', account: 'revenue', debitsNanos: 0n, creditsNanos: 1_234_567_894_500_000n },
  { month: '2025-01', account: 'rounding', debitsNanos: 4_500_000n, creditsNanos: 0n },
]);

test('amounts stand under each other by their points, and what does not hold is listed', () => {
  expect(asText({ months, checks })).toBe(
    `
January 2025  opening          debits         credits          closing
----------------------------------------------------------------------
receivable       0.00  1,234,567.89            0.00     1,234,567.89
revenue          0.00          0.00    1,234,567.8945  -1,234,567.8945
rounding         0.00          0.0045          0.00             0.0045
----------------------------------------------------------------------
total            0.00  1,234,567.8945  1,234,567.8945           0.00

ok    postings: every posting sums to zero
FAIL  grants: every grant is posted
        workspace acme, grant free, fault it is not
        and more`.trim(),
  );
});

test('books without postings say so', () => {
  expect(asText({ months: [], checks: [] })).toBe('Nothing was posted so far.\n\n');
});

test('as JSON amounts are text with nine decimals', () => {
  const [month] = JSON.parse(asJson({ months, checks })).months;
  expect(month.total).toEqual({
    opening: '0.000000000',
    debits: '1234567.894500000',
    credits: '1234567.894500000',
    closing: '0.000000000',
  });
  expect(JSON.parse(asJson({ months, checks })).checks).toEqual(checks);
});

test.each<[string[], object | undefined]>([
  [[], { month: null, workspace: null, isJson: false }],
  [['--month', '2025-01', '--workspace', 'acme', '--json'], { month: '2025-01', workspace: 'acme', isJson: true }],
  [['--help'], undefined],
])('%j is understood', (args, expected) => {
  expect(readOptions(args)).toEqual(expected);
});

test.each([
  [['--month', '2025-13'], '--month: expected YYYY-MM, came 2025-13'],
  [['--workspace', 'a b'], "--workspace: expected a workspace's id, came a b"],
  [['--year', '2025'], "Unknown option '--year'"],
  [['2025-01'], 'npm run trial-balance'],
])('%j is refused with what was expected', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
