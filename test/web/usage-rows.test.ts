import { formatSorting, found, type Model, parseSorting, sorted } from '../../web/usage/rows';

const phases = { deploying: 0, scaling_up: 0, serving: 1, scaling_down: 0, idle: 0 };

function model(name: string, listAmount: string, versions: readonly string[] = ['v1']): Model {
  const figures = { activeMinutes: 1, replicaMinutes: 1, listAmount };
  const instanceTypes = [{ instanceType: 'A10Gx4x16', replicaMinutes: 1, usdPerMinute: '1', listAmount, phases }];
  return { model: name, ...figures, versions: versions.map((version) => ({ version, ...figures, instanceTypes })) };
}

const models = [
  model('b10', '1.000000001'),
  model('b9', '1.000000002', ['v9', 'v10']),
  model('a', '90071992.547409930'),
  model('c', '90071992.547409931'),
];
const names = (text: string | undefined) =>
  sorted(models, parseSorting(text), (each) => each.model).map((each) => each.model);

describe('models', () => {
  test('come dearest first, exact to the last decimal', () => {
    expect(names(undefined)).toEqual(['c', 'a', 'b9', 'b10']);
    expect(names('-cost')).toEqual(['b10', 'b9', 'a', 'c']);
  });

  test('come by name as one counts', () => {
    expect(names('name')).toEqual(['a', 'b9', 'b10', 'c']);
    expect(names('-name')).toEqual(['c', 'b10', 'b9', 'a']);
  });

  test('keep their order by name where figures are equal', () => {
    expect(names('active')).toEqual(['a', 'b9', 'b10', 'c']);
  });

  test.each([
    [undefined, undefined],
    ['cost', undefined],
    ['-cost', '-cost'],
    ['name', 'name'],
    ['nonsense', undefined],
  ])('the sorting %p of an address is written as %p', (text, written) => {
    expect(formatSorting(parseSorting(text))).toBe(written);
  });

  test('are found by their name with all versions, and by a version or instance type with those alone', () => {
    expect(found(models, ' B9 ').map((each) => each.versions.length)).toEqual([2]);
    expect(found(models, 'v10').map((each) => each.versions.map((version) => version.version))).toEqual([['v10']]);
    expect(found(models, 'a10g')).toHaveLength(4);
    expect(found(models, '')).toBe(models);
    expect(found(models, 'unheard-of')).toEqual([]);
  });
});
