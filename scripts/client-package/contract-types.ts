// The contract as plain types, in modules of the names that client/ imports them from.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { components, type Operation, operations } from '../../contract/operations';
import { declarationOf, type JsonSchema, type Named, typeOf } from './json-types';

/** What client/ imports of the contract: names by module. */
export type Imported = ReadonlyMap<string, ReadonlySet<string>>;

/** Writes components.ts, operations.ts, and a module for each of those that are imported. */
export async function writeContractTypes(directory: string, imported: Imported): Promise<void> {
  const named = namedSchemas();
  await mkdir(directory, { recursive: true });
  const write = (module: string, text: string) => writeFile(path.join(directory, `${module}.ts`), text);
  await write('components', [...named].map(([name, schema]) => declarationOf(name, schema, named)).join('\n'));
  await write('operations', operationTypes(named));
  for (const [module, names] of imported) {
    if (module === 'operations') continue;
    for (const name of names) {
      if (!named.has(name)) throw new Error(`client/ imports ${name} of contract/${module}, which is no component`);
    }
    await write(module, `export type { ${[...names].sort().join(', ')} } from './components';\n`);
  }
}

/** Every component, by its name. */
export function namedSchemas(): Named {
  return new Map(components.map((schema) => [String(schema['$id']), schema as JsonSchema]));
}

function operationTypes(named: Named): string {
  const answers = Object.entries<Operation>(operations).map(([id, { media, answers: given }]) => {
    // What is neither JSON nor text has no schema of JSON.
    const types = Object.values(given).map((schema) =>
      media !== undefined && schema['type'] === undefined ? 'Uint8Array' : typeOf(schema as JsonSchema, named),
    );
    return `  readonly ${id}: ${[...new Set(types)].join(' | ')};\n`;
  });
  return `import type { ${[...named.keys()].join(', ')} } from './components';

/** What each operation answers. */
export type Answers = {
${answers.join('')}};
export type Answer<Id extends keyof Answers> = Answers[Id];
`;
}
