// What a process can come to run, told from the source: from its entry point through every declaration that is named, module by
// module. More than is ever run, never less, as nothing here is found by a name that is put together.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

type Place = { readonly file: string; readonly name: string };
type Module = {
  /** Top-level declarations by name, with their text; what belongs to none is under the empty name. */
  readonly declared: ReadonlyMap<string, string>;
  readonly imported: ReadonlyMap<string, Place>;
};

export type Declaration = Place & { readonly text: string };

const root = path.resolve(__dirname, '../../..');
const modules = new Map<string, Module>();

/** Declarations that the program of `entry` (from the project's root) can come to use. */
export function reachedFrom(entry: string): readonly Declaration[] {
  const reached = new Map<string, Declaration>();
  const waiting: Place[] = namesOf(path.join(root, entry));
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { file, name } = place;
    const { declared, imported } = moduleOf(file);
    const text = declared.get(name);
    if (text === undefined) waiting.push(...elsewhere(imported.get(name), reached));
    const key = `${file} ${name}`;
    if (text === undefined || reached.has(key)) continue;
    reached.set(key, { file: path.relative(root, file), name, text });
    // A module's own statements run when anything of it is used.
    waiting.push({ file, name: '' });
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
      if (declared.has(word)) waiting.push({ file, name: word });
      else waiting.push(...elsewhere(imported.get(word), reached));
    }
  }
  return [...reached.values()];
}

function elsewhere(place: Place | undefined, reached: ReadonlyMap<string, unknown>): readonly Place[] {
  if (place === undefined || reached.has(`${place.file} ${place.name}`)) return [];
  return place.name === '*' ? namesOf(place.file) : [place];
}

function namesOf(file: string): Place[] {
  return [...moduleOf(file).declared.keys()].map((name) => ({ file, name }));
}

function moduleOf(file: string): Module {
  const known = modules.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(file, 'utf8');
  const read = { declared: declarationsOf(text), imported: importsOf(file, text) };
  modules.set(file, read);
  return read;
}

const beginning = /^(?:export )?(?:async )?(?:const|let|function\*?|class|type|interface) (\w+)?/gm;

function declarationsOf(text: string): ReadonlyMap<string, string> {
  const starts = [...text.matchAll(beginning)];
  const declared = new Map<string, string>();
  const add = (name: string, more: string) => declared.set(name, `${declared.get(name) ?? ''}${more}`);
  starts.forEach(({ index, 1: name = '' }, at) => {
    add(name, text.slice(index, starts[at + 1]?.index));
  });
  // Calls at the top, such as `main().catch(…)`.
  add('', (text.match(/^[a-z]\w*[.(].*$/gm) ?? []).join('\n'));
  return declared;
}

const imports = /^(?:import|export) (?:\* as (\w+)|\{([^}]*)\}|(\w+)) from '(\.[^']+)';$/gm;

function importsOf(file: string, text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const [, all, named, whole, from = ''] of text.matchAll(imports)) {
    const found = fileOf(path.resolve(path.dirname(file), from));
    if (found === undefined) continue;
    if (all ?? whole) places.set(all ?? whole ?? '', { file: found, name: '*' });
    for (const each of (named ?? '').split(',').map((name) => name.trim())) {
      const [name = '', as = name] = each.split(' as ');
      if (name !== '' && !name.startsWith('type ')) places.set(as, { file: found, name });
    }
  }
  return places;
}

function fileOf(named: string): string | undefined {
  return [`${named}.ts`, path.join(named, 'index.ts'), named].find(
    (file) => existsSync(file) && statSync(file).isFile(),
  );
}
