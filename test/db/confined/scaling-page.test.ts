// docs/scaling.md says where tables would lie and what becomes of keys, as they are declared.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Placement, placements } from '../../../db/placement';
import { keyExceptions } from './key-exceptions';
import { root } from './made-statements';

const tables = Object.entries(placements);
const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

/** Tables that lie alike, by the reason why. */
function because(lies: Exclude<Placement['lies'], 'with its workspace'>): readonly string[] {
  const alike = tables.flatMap(([name, placed]) => (placed.lies === lies ? [{ name, because: placed.because }] : []));
  const reasons = [...new Set(alike.map((each) => each.because))];
  return reasons.map((reason) => {
    const names = alike.filter((each) => each.because === reason).map(({ name }) => name);
    return `${code(names)} (${reason})`;
  });
}

function shown(): string {
  const beside = tables.flatMap(([name, placed]) => (placed.lies === 'with its workspace' ? [name] : []));
  return [
    `- **With its workspace**, by \`workspace_id\` and \`workspaces\` by \`id\`: ${code(beside)}.`,
    `- **On every node**: ${because('on every node').join('; ')}.`,
    `- **On one node**, the coordinator: ${because('on one node').join('; ')}.`,
    '',
    '| keys without their workspace | because | then |',
    '|---|---|---|',
    ...keyExceptions.map(({ because: reason, becomes, keys }) => {
      const names = keys.map((key) => key.split(' ')[1] ?? key);
      return `| ${names.join(', ')} | ${reason} | ${becomes} |`;
    }),
  ].join('\n');
}

test('the page shows tables and keys as they are declared', () => {
  const page = readFileSync(path.join(root, 'docs', 'scaling.md'), 'utf8');
  expect(/<!-- placement -->\n([\s\S]*?)\n<!-- \/placement -->/.exec(page)?.[1]).toBe(shown());
});
