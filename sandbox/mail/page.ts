// The inbox as pages: a list, and one mail as HTML, text and source. Plain HTML, no scripts.

import { type Markup, markup } from '../../domain/mail/markup';
import type { Read } from './reading';
import type { Inbox } from './server';
import type { Kept } from './store';

const perPage = 50;

/** The newest mails, or those before one of them. */
export function listPage({ store, smtpUrl, faults }: Inbox, before: string | null, nowMs: number): string {
  const all = store.list();
  const from = before === null ? 0 : all.findIndex(({ id }) => id < before);
  const shown = from < 0 ? [] : all.slice(from, from + perPage);
  const last = shown.at(-1);
  const older = last !== undefined && last.id !== all.at(-1)?.id ? last : undefined;
  const waiting = faults.list().reduce((sum, { times }) => sum + times, 0);
  return document(
    'Inbox',
    markup`<header><h1>Inbox</h1><p class="soft">${count(all.length, 'mail')} sent to <code>${smtpUrl}</code>; none of them left this machine. <a href="/">Look again</a></p>
${waiting === 0 ? '' : markup`<p class="notice">${count(waiting, 'fault')} waiting to be shown to senders (<a href="/faults">/faults</a>)</p>`}</header>
${shown.length === 0 ? markup`<p class="soft empty">${before === null ? 'Nothing has come yet. Mails appear here as soon as Minutebook sends them.' : 'There are no older mails.'}</p>` : markup`<ul class="list">${shown.map((mail) => listRow(mail, nowMs))}</ul>`}
${older === undefined ? '' : markup`<p><a href="/?before=${older.id}">Older mails</a></p>`}`,
  );
}

function listRow(mail: Kept, nowMs: number): Markup {
  return markup`<li><a href="/mails/${mail.id}">
<span class="who">${mail.rcptTo.join(', ')}</span>
<time datetime="${mail.receivedAt}">${since(mail.receivedAt, nowMs)}</time>
<span class="subject">${mail.subject ?? '(no subject)'}</span>
${mail.attachments === 0 ? '' : markup`<span class="soft clip">${count(mail.attachments, 'attachment')}</span>`}
</a></li>
`;
}

/** One mail. Its HTML is shown in a frame in which nothing can run. */
export function mailPage(kept: Kept, mail: Read, source: Buffer): string {
  const subject = mail.subject ?? '(no subject)';
  const base = `/messages/${kept.id}`;
  return document(
    subject,
    markup`<header><p><a href="/">Inbox</a></p><h1>${subject}</h1></header>
<dl>
${fact('From', mail.fromName === null ? mail.from : `${mail.fromName} <${mail.from ?? ''}>`)}${fact('To', mail.to.join(', '))}
${fact('Envelope', `${kept.mailFrom || '<>'} to ${kept.rcptTo.join(', ')}`)}${fact('Received', kept.receivedAt)}
${fact('Message-ID', mail.messageId)}${fact('Thread', listOf(mail.headers['references']))}
</dl>
${mail.attachments.length === 0 ? '' : markup`<ul class="files">${mail.attachments.map(({ filename, contentType, size }, at) => markup`<li><a href="${base}/attachments/${String(at)}">${filename ?? `attachment ${at + 1}`}</a> <span class="soft">${contentType}, ${bytes(size)}</span></li>`)}</ul>`}
${mail.html === null ? '' : markup`<section><h2>As HTML</h2><iframe title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" src="${base}/html"></iframe><p><a href="${base}/html">The HTML alone</a></p></section>`}
<section><h2>As text</h2>${mail.text === null ? markup`<p class="soft">It has no text.</p>` : markup`<pre tabindex="0">${mail.text}</pre>`}</section>
<section><h2>Source</h2><details><summary>${bytes(kept.bytes)} with all headers</summary><pre tabindex="0">${beginningOf(source)}</pre></details><p><a href="${base}/source">The source as it came</a> · <a href="${base}">As JSON</a></p></section>`,
  );
}

function fact(name: string, value: string | null): Markup {
  return value === null || value === '' ? markup`` : markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function listOf(value: string | readonly string[] | undefined): string {
  return [value ?? []].flat().join(' ');
}

// Attachments make a source long; its beginning says what one wants to know.
function beginningOf(source: Buffer): string {
  const shownMax = 64 * 1024;
  const rest = source.length - shownMax;
  return `${source.toString('utf8', 0, shownMax)}${rest > 0 ? `\n… ${bytes(rest)} more` : ''}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function bytes(size: number): string {
  return size < 1024
    ? `${size} bytes`
    : size < 1024 ** 2
      ? `${Math.round(size / 1024)} kB`
      : `${Math.round(size / 1024 ** 2)} MB`;
}

function since(instant: string, nowMs: number): string {
  const minutes = Math.floor((nowMs - Date.parse(instant)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${instant.slice(0, 10)}`;
}

function document(title: string, body: Markup): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${sheet}</style>
</head>
<body><main>
${body}
</main></body>
</html>
`.html;
}

const sheet = markup`
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59616b; --line: #d9dce1; --ground: #f6f7f9; --card: #fff; --link: #1f5fc4; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f3f5; --soft: #b3b9c0; --line: #3a3f45; --ground: #15171a; --card: #1f2226; --link: #8ab8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
p { margin: .25rem 0; }
code { overflow-wrap: anywhere; }
.soft, time { color: var(--soft); font-size: .9rem; }
.notice { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; margin: .75rem 0; background: var(--card); }
.empty { margin: 3rem 0; }
ul { list-style: none; margin: 1rem 0; padding: 0; }
.list { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.list li + li { border-top: 1px solid var(--line); }
.list a { display: grid; grid-template-columns: minmax(0, 16rem) minmax(0, 1fr) auto; grid-template-areas: 'who subject time' '. clip clip'; gap: 0 1rem; padding: .65rem 1rem; color: inherit; text-decoration: none; }
.list a:hover .subject { text-decoration: underline; }
.who { grid-area: who; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--soft); }
.subject { grid-area: subject; font-weight: 600; overflow-wrap: anywhere; }
.list time { grid-area: time; white-space: nowrap; }
.clip { grid-area: clip; }
dl { margin: 1rem 0; }
dl div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0 1rem; padding: .15rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.files li { border: 1px solid var(--line); border-radius: 6px; background: var(--card); padding: .5rem .75rem; margin: .5rem 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 58rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: .5rem 0; font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace; }
details pre { max-height: 40rem; overflow: auto; }
@media (max-width: 40rem) {
  .list a { grid-template-columns: minmax(0, 1fr) auto; grid-template-areas: 'who time' 'subject subject' 'clip clip'; }
  dl div { grid-template-columns: minmax(0, 1fr); padding: .35rem 0; }
  dt { font-size: .85rem; }
}
`;
