// The table of docs/scaling.md is what `npm run sizing` prints, and sums move as they should.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sizingTable } from '../../scripts/sizing';
import { costs, rowBytes } from '../../scripts/sizing/costs';
import { needOf, type Platform } from '../../scripts/sizing/model';

const page = readFileSync(path.resolve(__dirname, '..', '..', 'docs', 'scaling.md'), 'utf8');
const platform: Platform = { name: 'some', workspaces: 10_000, active: 1_000, replicas: 3_000 };

test('the page shows the table as it is computed', () => {
  const [, shown] = /<!-- sizing -->\n([\s\S]*?)\n<!-- \/sizing -->/.exec(page) ?? [];
  expect(shown).toBe(sizingTable());
});

test('every cost is one, and says where it is from', () => {
  for (const { figure, from } of [...Object.values(costs), ...Object.values(rowBytes)]) {
    expect(figure).toBeGreaterThan(0);
    expect(from).not.toBe('');
  }
});

test('ten times the platform needs ten times the intake and the room', () => {
  const [one, ten] = [needOf(platform), needOf({ ...platform, workspaces: 100_000, active: 10_000, replicas: 30_000 })];
  expect(ten.cores.intake).toBeCloseTo(10 * one.cores.intake);
  expect(ten.cores.api).toBeCloseTo(10 * one.cores.api);
  expect(ten.gigabytes).toBeCloseTo(10 * one.gigabytes);
  expect(ten.cores.metering).toBeLessThanOrEqual(10 * one.cores.metering);
});

test('workspaces that do nothing cost Temporal their month, and metering nothing', () => {
  const [few, many] = [needOf(platform), needOf({ ...platform, workspaces: 1_000_000 })];
  expect(many.cores.metering).toBe(few.cores.metering);
  expect(many.actions - few.actions).toBe(990_000 * costs.actionsOfMonth.figure);
});
