// The document that platform teams implement is the contract in code, written down.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { platformOpenapi } from '../../contract/platform';

const file = path.resolve(__dirname, '../../docs/platform-openapi.json');

test('docs/platform-openapi.json is what the contract says', () => {
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(platformOpenapi())));
});

test('every reference in it leads somewhere', () => {
  const document = JSON.parse(readFileSync(file, 'utf8')) as { components: { schemas: Record<string, unknown> } };
  const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) expect(document.components.schemas).toHaveProperty(name ?? '');
});
