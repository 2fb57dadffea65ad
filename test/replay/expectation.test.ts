import { billedFigures, differences, expectedFigures, judge } from '../../replay/result/expectation';
import { billedOf } from './billed';

const figures = {
  billable_replica_minutes: 150,
  deploying_minutes: 2,
  serving_minutes: 149,
  gross_nano: '100000010000',
  volume_discount_nano: '10000000000',
  program_discount_nano: '0',
  discount_nano: '10000000000',
  credits_applied_nano: '30000000000',
  due_nano: '60000010000',
  due_cents: 6000,
};
const usage = { workspace: 'acme', model: 'chat', version: 'v1' };
const expectation = {
  about: { made: 'by hand' },
  totals: { replicas: 3, ...figures },
  workspaces: [{ workspace: 'acme', replicas: 3, ...figures }],
  usage: [{ ...usage, instance_type: 'T4x4x16', billable_replica_minutes: 150, list_nano: '100000010000' }],
  active_by_version: [{ ...usage, active_minutes: 90 }],
  active_by_model: [{ workspace: 'acme', model: 'chat', active_minutes: 90 }],
};
const compare = (content: unknown, ...workspaces: string[]) =>
  differences(expectedFigures(content), billedFigures(workspaces.map((workspace) => billedOf(workspace))));

test('what was billed as expected differs in nothing; two prices of an instance type are added up', () => {
  expect(compare(expectation, 'acme')).toEqual([]);
  expect(judge(expectedFigures(expectation), [billedOf('acme')])).toMatchObject({ holds: true });
});

test.each([
  ['workspaces', 'due_nano', '60000010001'],
  ['workspaces', 'due_cents', 6001],
  ['usage', 'list_nano', '1'],
  ['usage', 'billable_replica_minutes', 149],
  ['active_by_version', 'active_minutes', 91],
  ['active_by_model', 'active_minutes', 89],
] as const)('in %s another %s is one difference', (section, field, value) => {
  const changed = { ...expectation, [section]: [{ ...expectation[section][0], [field]: value }] };
  expect(compare(changed, 'acme')).toMatchObject([{ kind: `${section} ${field}`, expected: String(value) }]);
});

test('what one side alone has is a difference', () => {
  expect(compare(expectation)).toContainEqual({
    kind: 'workspaces due_nano',
    of: 'acme',
    expected: '60000010000',
    came: 'nothing',
  });
  expect(compare(expectation, 'acme', 'beta')).toContainEqual({
    kind: 'workspaces due_nano',
    of: 'beta',
    expected: 'nothing',
    came: '60000010000',
  });
});

test('figures that the expectation does not hold are not compared', () => {
  const little = { workspaces: [{ workspace: 'acme', due_cents: 6000, replicas: 7 }] };
  expect(compare(little, 'acme')).toEqual([]);
});

test('a verdict names the figures that differ', () => {
  const { holds, says } = judge(expectedFigures(expectation), [billedOf('acme', '60.01')]);
  expect(holds).toBe(false);
  expect(says).toContain('workspaces due_cents acme: expected 6000, came 6001');
});
