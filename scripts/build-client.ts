// `npm run build:client`: makes client/dist, which `npm pack` in client/ packs: two entries, each as an ES module and as CommonJS,
// with their types. Nothing of the contract runs there; its types are made of its schemas, so that callers need no library.
import { appendFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeContractTypes } from './client-package/contract-types';
import { copyReached, declare, reachedSources } from './client-package/declarations';

const project = path.resolve(__dirname, '..', '..');
const packed = path.join(project, 'client', 'dist');
const formats = ['esm', 'cjs'] as const;

async function main(): Promise<void> {
  await rm(packed, { recursive: true, force: true });
  for (const format of formats) {
    await mkdir(path.join(packed, format), { recursive: true });
    const type = format === 'esm' ? 'module' : 'commonjs';
    await writeFile(path.join(packed, format, 'package.json'), `${JSON.stringify({ type })}\n`);
  }
  await Promise.all([bundle(), declareCalls(), declareWorkflows()]);
}

async function bundle(): Promise<void> {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: project,
    logLevel: 'warn',
    build: {
      target: 'node20',
      minify: false,
      emptyOutDir: false,
      outDir: packed,
      lib: {
        entry: {
          index: path.join(project, 'client', 'index.ts'),
          temporal: path.join(project, 'client', 'temporal.ts'),
        },
      },
      rolldownOptions: {
        external: ['@temporalio/client'],
        output: [
          { format: 'es', dir: path.join(packed, 'esm'), entryFileNames: '[name].js' },
          { format: 'cjs', dir: path.join(packed, 'cjs'), entryFileNames: '[name].js' },
        ],
      },
    },
  });
}

const typesOf = () => formats.map((format) => path.join(packed, format, 'types'));

// Compiled against plain types in the contract's place.
async function declareCalls(): Promise<void> {
  const source = path.join(project, 'dist', 'client-source');
  const declarations = path.join(project, 'dist', 'client-types');
  await rm(source, { recursive: true, force: true });
  await rm(declarations, { recursive: true, force: true });
  const { files: sources, ofContract } = await reachedSources('client/index');
  for (const file of sources) await cp(path.join(project, `${file}.ts`), path.join(source, `${file}.ts`));
  await writeContractTypes(path.join(source, 'contract'), ofContract);
  const files = ['client/index.ts', 'contract/components.ts'].map((file) => path.join(source, file));
  await declare(source, { files, outDir: declarations });
  const copying = { from: declarations, to: typesOf(), packages: [] };
  await copyReached('client/index', copying);
  await copyReached('contract/components', copying);
  // Everything that goes in and comes out has a name to call it by.
  for (const types of typesOf()) {
    await appendFile(path.join(types, 'client', 'index.d.ts'), "export type * from '../contract/components.js';\n");
  }
}

async function declareWorkflows(): Promise<void> {
  const outDir = path.join(project, 'dist', 'workflow-types');
  await rm(outDir, { recursive: true, force: true });
  const ambient = [path.join(project, 'gateways', '**', '*.d.ts')];
  await declare(project, { files: [path.join(project, 'client', 'temporal.ts')], ambient, outDir });
  await copyReached('client/temporal', { from: outDir, to: typesOf(), packages: ['@temporalio/client'] });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
