// A letter as HTML that mail programs show: tables and styles within the elements, as many of them drop the rest; one
// column that fits a phone; colours of its own in dark mode; no pictures, no scripts, nothing fetched, so nothing tracked.
import type { Letter, Link, Row } from './letter';
import { sellerLines } from './letter-text';
import { type Markup, markup } from './markup';

const font = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const cardStyle = `background:#ffffff;border:1px solid #d9dce1;border-radius:8px;padding:32px;color:#1b1f24;text-align:left;${font};font-size:16px;line-height:1.5`;

// Only what an element cannot say for itself. Where it is dropped (Outlook on Windows), the light colours stand.
const sheet = markup`
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; }
@media (prefers-color-scheme: dark) {
  .page { background: #15171a !important; }
  .card { background: #1f2226 !important; border-color: #3a3f45 !important; }
  .ink { color: #f2f3f5 !important; }
  .soft { color: #b3b9c0 !important; }
  .line { border-color: #3a3f45 !important; }
  .link { color: #8ab8ff !important; }
  .button { background: #8ab8ff !important; color: #10151c !important; }
}
@media (max-width: 480px) {
  .page { padding: 0 !important; }
  .card { border: 0 !important; border-radius: 0 !important; padding: 24px 20px !important; }
}`;

/** The letter as a whole HTML document. Everything in it that came from outside is escaped by `markup`. */
export function htmlOf(letter: Letter): string {
  return markup`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${letter.subject}</title>
<style>${sheet}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6">
<div style="display:none;max-height:0;overflow:hidden">${letter.preheader}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="page" align="center" style="background:#f3f4f6;padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px"><tr>
<td class="card ink" style="${cardStyle}">
${bodyOf(letter)}
</td></tr></table>
</td></tr></table>
</body>
</html>
`.html;
}

function bodyOf(letter: Letter): Markup {
  return markup`<p class="soft" style="margin:0 0 4px;color:#59616b;font-size:14px;overflow-wrap:anywhere"><bdi>${letter.seller.name}</bdi></p>
<h1 style="margin:0 0 20px;font-size:20px;line-height:1.3;overflow-wrap:anywhere">${letter.heading}</h1>
<p style="margin:0;font-size:32px;line-height:1.2;font-weight:600">${letter.amount}</p>
<p class="soft" style="margin:4px 0 20px;color:#59616b">${letter.amountSays}</p>
${letter.paragraphs.map((text) => markup`<p style="margin:0 0 16px;overflow-wrap:anywhere">${text}</p>\n`)}${buttonOf(letter.button)}
${rowsOf(letter.rows)}
${letter.links.map((link) => markup`<p style="margin:16px 0 0">${linkOf(link)}</p>\n`)}<div class="soft line" style="margin:28px 0 0;padding:16px 0 0;border-top:1px solid #d9dce1;color:#59616b;font-size:13px;overflow-wrap:anywhere">
${sellerLines(letter).map((line) => markup`<bdi>${line}</bdi><br>\n`)}${letter.seller.footer === undefined ? '' : markup`<br>${letter.seller.footer}`}
</div>`;
}

// Padding on the link itself and on its cell: Outlook knows only the cell's.
function buttonOf(button: Link | undefined): Markup {
  if (button === undefined) return markup``;
  return markup`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 24px"><tr>
<td class="button" style="background:#1f5fc4;border-radius:6px"><a class="button" href="${button.url}" style="display:inline-block;padding:12px 22px;border-radius:6px;background:#1f5fc4;color:#ffffff;font-weight:600;text-decoration:none">${button.label}</a></td>
</tr></table>`;
}

function linkOf({ label, url }: Link): Markup {
  return markup`<a class="link" href="${url}" style="color:#1f5fc4;text-decoration:underline">${label}</a>`;
}

function rowsOf(rows: readonly Row[]): Markup {
  if (rows.length === 0) return markup``;
  return markup`<table role="table" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;font-size:15px">
${rows.map(rowOf)}</table>`;
}

function rowOf({ label, value, strong }: Row): Markup {
  const weight = strong === true ? '600' : '400';
  const cell = `border-top:1px solid #d9dce1;padding:8px 0;vertical-align:top;font-weight:${weight}`;
  const figure = `${cell};text-align:right;overflow-wrap:anywhere;font-variant-numeric:tabular-nums`;
  return markup`<tr>
<th scope="row" class="line" style="${cell};text-align:left;padding-right:16px">${label}</th>
<td class="line" style="${figure}"><bdi>${value}</bdi></td>
</tr>
`;
}
