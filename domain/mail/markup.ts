// HTML in which whatever is put in is text, unless it was made here.

declare const made: unique symbol;

/** HTML that is safe to put into other HTML. Only `markup` makes it. */
export type Markup = { readonly html: string; readonly [made]: true };

type Part = string | Markup | readonly Markup[];

/** A template of HTML: strings put into it are escaped, for elements and quoted attributes alike. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const html = pieces.reduce((all, piece, at) => all + written(parts[at - 1] ?? '') + piece);
  return { html } as Markup;
}

function written(part: Part): string {
  if (typeof part === 'string') return escaped(part);
  return 'html' in part ? part.html : part.map(({ html }) => html).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
