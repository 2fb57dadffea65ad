import { closingTable } from '../../replay/result/closing-table';
import { findingsOf } from '../../replay/result/findings';
import { billedOf } from './billed';

test('the table lines up every column at its right and shows exact amounts', () => {
  expect(closingTable([billedOf('acme'), billedOf('enterprise-volume', '1234567.89')]).split('\n')).toEqual([
    'workspace          replica-minutes       list  volume disc.  program disc.  credits           due  invoice',
    expect.stringMatching(/^─+$/),
    'acme                           150  100.00001         10.00           0.00    30.00         60.00  acme-0001',
    'enterprise-volume              150  100.00001         10.00           0.00    30.00  1,234,567.89  enterprise-volume-0001',
    expect.stringMatching(/^─+$/),
    'total                          300  200.00002         20.00           0.00    60.00  1,234,627.89',
  ]);
});

test('a month without an invoice stands in the table without amounts', () => {
  const { invoice: _, ...rest } = billedOf('acme');
  expect(closingTable([{ ...rest, invoice: undefined }])).toMatch(/acme +150 +0\.00 .* none/);
});

describe('the findings', () => {
  const nothing = {
    outcome: { billed: [], missing: [] },
    unknown: new Set<string>(),
    running: [],
    quarantined: 0,
    before: [],
  };

  test('are none when everything is on an invoice', () => {
    expect(findingsOf(nothing)).toEqual({ isWhole: true, lines: [] });
  });

  test('name workspaces that are not there', () => {
    const { isWhole, lines } = findingsOf({ ...nothing, quarantined: 3, unknown: new Set(['acme']) });
    expect(isWhole).toBe(false);
    expect(lines.join('\n')).toMatch(/Quarantine holds 3 reports.*\n.*acme: there is no such workspace/);
  });

  test('name months that have no invoice yet', () => {
    const missing = Array.from({ length: 7 }, (_, at) => ({ workspace: `w-${at}`, month: '2025-01' }));
    const { isWhole, lines } = findingsOf({ ...nothing, outcome: { billed: [], missing } });
    expect(isWhole).toBe(false);
    expect(lines[0]).toContain('January 2025 of w-0, w-1, w-2, w-3, w-4 and 2 more');
  });

  test('say when a month still runs or was invoiced before, and neither is a failure', () => {
    const account = { workspace: 'acme', month: '2025-01' };
    const { isWhole, lines } = findingsOf({ ...nothing, running: [account], before: [account] });
    expect(isWhole).toBe(true);
    expect(lines.join('\n')).toMatch(/Not over yet.*January 2025 of acme\.\nInvoiced before.*January 2025 of acme/);
  });
});
