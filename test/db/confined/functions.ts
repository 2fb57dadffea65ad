// The statements inside functions, as far as a plan can be made of them: names of what plpgsql has put in their places by
// parameters, which are called as they were.

export type StoredFunction = {
  readonly name: string;
  readonly language: 'sql' | 'plpgsql';
  readonly body: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  /** The table whose trigger calls it. */
  readonly table: string | null;
};

export type Inner = { readonly sql: string; readonly parameters: readonly string[] };

/** The statements of a function. What is put together as text is none of them. */
export function statementsIn({ language, body, parameters, table }: StoredFunction): readonly Inner[] {
  const bare = body.replace(/--.*$/gm, '');
  if (language === 'sql') return [bound(bare, parameters)];
  const [, declared = '', block = ''] = /^(.*?)\bbegin\b(.*)$/s.exec(bare) ?? [];
  const rows = table === null ? [] : ['new', 'old'].map((name) => ({ name, type: table }));
  const operation = { name: 'tg_op', type: 'text' };
  const names = [...rows, operation, ...parameters, ...declaredIn(declared)];
  return [...snippets(declared), ...snippets(block)].map((snippet) => bound(asStatement(snippet), names));
}

function declaredIn(text: string): { readonly name: string; readonly type: string }[] {
  const lines = text.matchAll(/^\s*(?:declare\s+)?([a-z]\w*) (?:constant )?([a-z]\w*(?:\[\])?)/gm);
  return [...lines].map(([, name = '', type = '']) => ({ name, type })).filter(({ name }) => name !== 'declare');
}

/** Statements, and queries within expressions. */
function snippets(text: string): readonly string[] {
  const found: string[] = [];
  const begins =
    /(?<=(?:^|;|\bthen|\belse|\bloop|\bin)\s*)(?:select|insert|update|delete|with|perform)\b|\(\s*select\b/g;
  for (let begin = begins.exec(text); begin !== null; begin = begins.exec(text)) {
    const isWithin = begin[0].startsWith('(');
    const from = isWithin ? begin.index + 1 : begin.index;
    const end = endOf(text, from);
    found.push(text.slice(from, end));
    begins.lastIndex = end;
  }
  return found;
}

/** Where what begins here ends: at the parenthesis around it, its semicolon, or the loop that it is for. */
function endOf(text: string, from: number): number {
  let depth = 0;
  let isQuoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (text[at] === '(') depth++;
    if (text[at] === ')' && --depth < 0) return at;
    if (depth === 0 && (text[at] === ';' || /^\sloop\b/.test(text.slice(at, at + 6)))) return at;
  }
  return text.length;
}

function asStatement(snippet: string): string {
  return snippet.replace(/^perform\b/, 'select').replace(/^(select\b[^;]*?)\sinto \w+(?=\s|$)/s, '$1');
}

/** Puts parameters in the places of names: of a row's or a record's columns, or of values. */
function bound(sql: string, names: readonly { readonly name: string; readonly type: string }[]): Inner {
  const parameters: string[] = [];
  const place = (name: string) => `$${parameters.push(name)}`;
  const put = (text: string, { name, type }: { readonly name: string; readonly type: string }) => {
    const used = new RegExp(`(?<![.\\w:])${name}(?!\\w|\\s*\\()(?:\\.(\\w+))?`, 'g');
    return text.replace(used, (_, column?: string) => {
      if (column === undefined) return `${place(name)}::${type}`;
      return type === 'record' ? place(`${name}.${column}`) : `(${place(name)}::${type}).${column}`;
    });
  };
  const text = sql.replace(/[^']+|'[^']*'/g, (part) => (part.startsWith("'") ? part : names.reduce(put, part)));
  return { sql: text, parameters };
}
