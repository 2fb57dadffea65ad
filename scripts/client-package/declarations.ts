// Declarations by the compiler, and of those what an entry reaches.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const project = path.resolve(__dirname, '..', '..', '..');
const importOf = /((?:from|import\()\s*['"])(\.{1,2}(?:\/[^'"]+)?)(['"])/g;

// A directory is what CommonJS takes for its index.
const fileOf = (specifier: string) => (/^\.{1,2}$/.test(specifier) ? `${specifier}/index` : specifier);

/** Compiles the files of a directory to declarations, together with declarations of what has none (patterns). */
export async function declare(
  directory: string,
  {
    files,
    ambient = [],
    outDir,
  }: { readonly files: readonly string[]; readonly ambient?: readonly string[]; readonly outDir: string },
): Promise<void> {
  const config = `${outDir}.tsconfig.json`;
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    sourceMap: false,
    // What is made of schemas imports all of them.
    noUnusedLocals: false,
    rootDir: directory,
    outDir,
    types: ['node'],
    typeRoots: [path.join(project, 'node_modules', '@types')],
  };
  await writeFile(
    config,
    JSON.stringify({ extends: path.join(project, 'tsconfig.json'), compilerOptions, include: ambient, files }),
  );
  try {
    await promisify(execFile)(process.execPath, [
      path.join(project, 'node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      config,
    ]);
  } catch (error) {
    const { stdout = '' } = error as { readonly stdout?: string };
    throw new Error(`the declarations of the client could not be made: ${stdout.slice(0, 2000)}`, { cause: error });
  }
}

/**
 * Copies the declarations that an entry reaches, with the file names in their imports that ES modules want and CommonJS
 * takes. Throws where one imports a package that callers need not have.
 */
export async function copyReached(
  entry: string,
  {
    from,
    to,
    packages,
  }: { readonly from: string; readonly to: readonly string[]; readonly packages: readonly string[] },
): Promise<void> {
  const waiting = [entry];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = await readFile(path.join(from, `${file}.d.ts`), 'utf8');
    for (const [, foreign = ''] of text.matchAll(/(?:from|import\()\s*['"]([^.'"][^'"]*)['"]/g)) {
      if (!packages.includes(foreign)) throw new Error(`${file}.d.ts imports ${foreign}, which callers need not have`);
    }
    for (const [, , wanted = ''] of text.matchAll(importOf)) {
      const reached = path.join(path.dirname(file), fileOf(wanted));
      if (!seen.has(reached)) waiting.push(reached);
      seen.add(reached);
    }
    const named = text.replaceAll(
      importOf,
      (_, before: string, wanted: string, after: string) => `${before}${fileOf(wanted)}.js${after}`,
    );
    for (const directory of to) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, `${file}.d.ts`), named);
    }
  }
}

/** What the modules that an entry reaches import of the contract, and those modules. */
export async function reachedSources(
  entry: string,
): Promise<{ readonly files: readonly string[]; readonly ofContract: ReadonlyMap<string, ReadonlySet<string>> }> {
  const waiting = [entry];
  const files = new Set(waiting);
  const ofContract = new Map<string, Set<string>>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = await readFile(path.join(project, `${file}.ts`), 'utf8');
    for (const [, names = '', wanted = ''] of text.matchAll(/(?:import|export) ([^;]*?) from '(\.{1,2}\/[^']+)'/g)) {
      const reached = path.join(path.dirname(file), wanted);
      if (reached.startsWith('contract/')) {
        const module = reached.slice('contract/'.length);
        const known = ofContract.get(module) ?? new Set();
        for (const [name] of names.replace(/\btype\b/g, '').matchAll(/\w+/g)) known.add(name);
        ofContract.set(module, known);
      } else if (!files.has(reached)) {
        files.add(reached);
        waiting.push(reached);
      }
    }
  }
  return { files: [...files], ofContract };
}
