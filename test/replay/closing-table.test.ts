import { closingTable } from '../../replay/result/closing-table';
import { findingsOf } from '../../replay/result/findings';
import { billedOf, billedWithLate } from './billed';

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

test('a month without an invoice stands in the table without minutes and amounts, whatever came late', () => {
  const { invoice: _, ...rest } = billedOf('acme');
  expect(closingTable([{ ...rest, invoice: undefined }])).toMatch(/acme +0 +0\.00 .* none/);
});

test('the minutes of a row are those of its invoice, late ones with it, as its amounts are', () => {
  expect(closingTable([billedWithLate()])).toMatch(/acme +160 +100\.00001 .* acme-0001/);
});

describe('the findings', () => {
  const nothing = {
    outcome: { billed: [], missing: [] },
    unknown: [],
    beforeStart: [],
    running: [],
    quarantined: 0,
    before: [],
  };

  test('are none when everything is on an invoice', () => {
    expect(findingsOf(nothing)).toEqual({ isWhole: true, lines: [] });
  });

  test('name workspaces that are not there', () => {
    const { isWhole, lines } = findingsOf({ ...nothing, quarantined: 3, unknown: ['acme'] });
    expect(isWhole).toBe(false);
    expect(lines.join('\n')).toMatch(/Quarantine holds 3 reports.*\n.*acme: there is no such workspace/);
  });

  test('name workspaces that begin later, and how many reports lie before them', () => {
    const startsAtMs = Date.UTC(2025, 1, 1);
    const beforeStart = [{ workspace: 'acme', startsAtMs, reports: 1 }];
    const { isWhole, lines } = findingsOf({ ...nothing, quarantined: 1, beforeStart });
    expect(isWhole).toBe(false);
    expect(lines[1]).toBe(
      '  acme: 1 report of the file begins before it does (2025-02-01T00:00:00Z); their months are not waited for',
    );
  });

  test('name what is on an invoice of another month', () => {
    const { isWhole, lines } = findingsOf({ ...nothing, outcome: { billed: [billedWithLate()], missing: [] } });
    expect(isWhole).toBe(true);
    expect(lines).toEqual([
      'Usage reported late:',
      '  acme-0001 holds, of December 2024: 10 replica-minutes, $1.23 at list price',
      '  acme, January 2025: $3.5 at list price is on acme-0002',
      "  acme, January 2025: $1.5 at list price goes on the workspace's next invoice",
    ]);
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
