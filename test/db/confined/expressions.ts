// Expressions as `explain verbose` prints them, as far as it must be known what of them is equal to what.

/** What an expression comes to: a column of some row, a value that the caller gave, or what a sub-plan answers. */
export type Term =
  | { readonly kind: 'column'; readonly alias: string; readonly column: string }
  | { readonly kind: 'given'; readonly name: string }
  | { readonly kind: 'answer'; readonly plan: string; readonly at: number };

const word = String.raw`(?:\w+|"(?:[^"]|"")+")`;
const columnOf = new RegExp(`^(${word})\\.(${word})$`);
const anyColumn = new RegExp(`${word}\\.${word}`);

/** The term of an expression, casts and collations aside; undefined for one that is computed from rows. */
export function termOf(expression: string, parameters: readonly string[]): Term | undefined {
  const bare = bared(expression);
  const [, alias, column] = columnOf.exec(bare) ?? [];
  if (alias !== undefined && column !== undefined)
    return { kind: 'column', alias: unquoted(alias), column: unquoted(column) };
  const [, plan, at] = /^(?:ANY \()?\((?:hashed )?((?:InitPlan|SubPlan) \d+)\)\.col(\d+)\)?$/.exec(bare) ?? [];
  if (plan !== undefined) return { kind: 'answer', plan, at: Number(at) - 1 };
  // Computed from what was given alone, it is as good as given; but one of several is not.
  if (bare.startsWith('ANY ') || !/\$\d/.test(bare) || anyColumn.test(bare) || /Plan \d/.test(bare)) return undefined;
  return { kind: 'given', name: bare.replace(/\$(\d+)/g, (_, nth) => `:${parameters[Number(nth) - 1]}`) };
}

/** The equalities that hold of every row that a condition lets through. */
export function equalitiesOf(condition: string): readonly (readonly [string, string])[] {
  const text = unwrapped(condition);
  const every = splitAt(text, ' AND ');
  if (every.length > 1) return every.flatMap(equalitiesOf);
  const [first, ...others] = splitAt(text, ' OR ');
  if (first !== undefined && others.length > 0) {
    const also = others.map((each) => new Set(equalitiesOf(each).map((pair) => pair.join())));
    return equalitiesOf(first).filter((pair) => also.every((known) => known.has(pair.join())));
  }
  // What a row is looked for by, also where none may be found.
  const within = /^(?:NOT |ANY )(\(.*\))$/s.exec(text)?.[1];
  if (within !== undefined && / ?ANY |SubPlan/.test(text)) return equalitiesOf(within);
  const sides = splitAt(text, ' = ');
  return sides.length === 2 ? [[sides[0] ?? '', sides[1] ?? '']] : [];
}

function bared(expression: string): string {
  const less = unwrapped(expression)
    .replace(/ COLLATE "\w+"$/, '')
    .replace(/^(.*)::(?:timestamp with time zone|double precision|[a-z_]\w*)(?:\[\])?$/s, '$1');
  return less === expression ? less : bared(less);
}

function unwrapped(text: string): string {
  const isPair = text.startsWith('(') && closing(text) === text.length - 1;
  return isPair ? unwrapped(text.slice(1, -1)) : text;
}

/** Where the parenthesis that a text begins with ends. */
function closing(text: string): number {
  for (const { at, depth } of depths(text)) if (at > 0 && depth === 0) return at;
  return -1;
}

function splitAt(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { at, depth } of depths(text)) {
    if (depth > 0 || at < from || !text.startsWith(separator, at)) continue;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  return [...parts, text.slice(from)];
}

/** Each character outside quotes, with how many parentheses are open after it. */
function* depths(text: string): Generator<{ readonly at: number; readonly depth: number }> {
  let depth = 0;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      continue;
    }
    if (character === "'" || character === '"') quote = character;
    if (character === '(') depth++;
    if (character === ')') depth--;
    yield { at, depth };
  }
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
