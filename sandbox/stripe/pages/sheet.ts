// How the emulator's pages look: one sheet, light and dark, down to 320 pixels.

import { type Markup, markup } from '../../../domain/mail/markup';

export function document(title: string, body: Markup, options: { readonly refreshes?: boolean } = {}): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${options.refreshes ? markup`<meta http-equiv="refresh" content="5">` : ''}
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${sheet}</style>
</head>
<body>
${body}
</body>
</html>
`.html;
}

const sheet = markup`
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #545b73; --line: #d5d9e2; --ground: #f6f8fb; --card: #fff; --accent: #4b45c6; --on-accent: #fff; --bad: #b3093c; --bad-ground: #fff0f3; --good: #0b6b3a; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef0f6; --soft: #adb3c4; --line: #3a4052; --ground: #12151d; --card: #1b1f2a; --accent: #aaa6ff; --on-accent: #14122e; --bad: #ff9fb4; --bad-ground: #3a1620; --good: #7fdca9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 28rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
main.wide { max-width: 72rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .35rem 0; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.badge { display: inline-block; font-size: .8rem; font-weight: 600; border: 1px solid var(--line); border-radius: 999px; padding: .1rem .6rem; color: var(--soft); }
.soft { color: var(--soft); font-size: .9rem; }
.amount { font-size: 2rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.problem { border: 1px solid var(--bad); background: var(--bad-ground); color: var(--bad); border-radius: 8px; padding: .65rem .8rem; margin: 1rem 0; }
.bad { color: var(--bad); } .good { color: var(--good); }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; margin: 1rem 0; }
form.pay { display: grid; gap: .9rem; }
fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: .9rem; min-width: 0; }
legend { font-weight: 650; padding: 0; margin-bottom: .5rem; }
label { display: grid; gap: .25rem; font-size: .92rem; font-weight: 550; }
.choices { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: .6rem; }
.choices label { display: flex; gap: .5rem; align-items: center; border: 1px solid var(--line); border-radius: 8px; padding: .7rem .75rem; background: var(--card); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
input:not([type=radio]), select { width: 100%; font: inherit; font-weight: 400; padding: .65rem .7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--ink); min-height: 2.75rem; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .55rem 1rem; border-radius: 8px; border: 1px solid var(--line); background: var(--card); color: var(--ink); cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); width: 100%; }
form.pay:has(input[value=card]:checked) .bank, form.pay:has(input[value=us_bank_account]:checked) .card { display: none; }
details { margin: 1rem 0; } summary { cursor: pointer; padding: .4rem 0; }
code { font: .88em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
main.wide table { min-width: 64rem; }
td code, td button { white-space: nowrap; }
th, td { text-align: left; padding: .45rem .7rem; vertical-align: top; }
tr + tr td, tbody tr:first-child td { border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 550; white-space: nowrap; }
time { white-space: nowrap; }
.switches { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
.switches form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
td form button, .small { min-height: 2rem; padding: .2rem .6rem; font-size: .85rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
`;
