// The small pages that are seen of us beside the billing page, before it opens and after it is left: one card, a few words, no script.
import { createHash } from 'node:crypto';
import { type Markup, markup } from '../../domain/mail/markup';
import { plainLine } from '../../domain/mail/plain';

export type Fact = { readonly label: string; readonly value: string };

export type PageLink = { readonly says: string; readonly to: string };

export type Page = {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly facts?: readonly Fact[];
  /** Where it goes on. */
  readonly link?: PageLink;
};

/** A page, and with which status it is answered. */
export type Shown = { readonly status: number; readonly page: Page };

const sheet = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59616b; --line: #d9dce1; --ground: #f3f4f6; --card: #fff; --action: #1f5fc4; --on-action: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f3f5; --soft: #b3b9c0; --line: #3a3f45; --ground: #15171a; --card: #1f2226; --action: #8ab8ff; --on-action: #10151c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 32rem; margin: 0 auto; padding: 3rem 1rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 2rem; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 1.25rem; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); }
.seller { margin: 0 0 .25rem; font-size: .875rem; }
dl { margin: 1.5rem 0 0; }
dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .5rem 0; border-top: 1px solid var(--line); }
dt { color: var(--soft); flex: none; }
dd { margin: 0; text-align: right; min-width: 0; font-variant-numeric: tabular-nums; }
:focus-visible { outline: 3px solid var(--action); outline-offset: 2px; }
.on { margin: 1.5rem 0 0; }
a { color: var(--action); font-weight: 600; }
@media (max-width: 30rem) { main { padding: 0; } article { border: 0; border-radius: 0; padding: 1.5rem 1.25rem; min-height: 100vh; } }
@media (prefers-contrast: more) { :root { --soft: var(--ink); } }
`;

/** Headers of every page. Nothing but its own style sheet is loaded, nobody frames it, and its address is told to no one. */
export function pageHeaders(): Readonly<Record<string, string>> {
  const style = createHash('sha256').update(sheet).digest('base64');
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${style}'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  };
}

/** A page as HTML; names in it are made plain, and everything is escaped. */
export function pageOf(page: Page, { seller }: { readonly seller: string }): string {
  const { heading, paragraphs, facts = [], link } = page;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${plainLine(`${heading} · ${seller}`, 200)}</title>
<style>${styleOf()}</style>
</head>
<body><main><article>
<p class="soft seller"><bdi>${plainLine(seller)}</bdi></p>
<h1>${plainLine(heading, 300)}</h1>
${paragraphs.map((text) => markup`<p>${plainLine(text, 1000)}</p>\n`)}${
  facts.length === 0
    ? ''
    : markup`<dl>${facts.map(factOf)}</dl>
`
}${
  link === undefined
    ? ''
    : markup`<p class="on"><a href="${link.to}">${plainLine(link.says)}</a></p>
`
}</article></main></body>
</html>
`.html;
}

// As it is hashed: a sheet that was escaped would be another.
function styleOf(): Markup {
  return { ...markup``, html: sheet };
}

function factOf({ label, value }: Fact): Markup {
  return markup`<div><dt>${plainLine(label)}</dt><dd><bdi>${plainLine(value, 300)}</bdi></dd></div>`;
}
