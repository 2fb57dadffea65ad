// The platform as people see it: what runs, what is stopped and by whom, what the gate says, and the owners' switches. Plain
// HTML; a few lines of script look again every two seconds.

import type { Gate } from '../../contract/gate';
import { type Markup, markup } from '../../domain/mail/markup';
import { formatInstant } from '../../domain/period';
import { customers } from './fleet';
import type { Gatekeeper } from './gatekeeper';
import type { Platform, RunningModel } from './platform';

type Shown = { readonly platform: Platform; readonly gatekeeper: Gatekeeper; readonly nowMs: number };

const instanceTypes = ['T4x4x16', 'A10Gx8x32', 'L4:4x16', 'H100:4', 'H200:8'];

/** The whole page; `said` is what came of the last button. */
export function page(shown: Shown, said: string | null): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated platform</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1>Simulated platform</h1>
${said === null ? '' : markup`<p class="said" role="status">${said}</p>`}
<form class="deploy" method="post" action="/deploy">
<label>Workspace <select name="workspace">${customers.map(({ workspace }) => markup`<option>${workspace}</option>`)}</select></label>
<label>Model <input name="model" value="my-model" required pattern="[!-~]{1,200}"></label>
<label>Instance type <select name="instanceType">${instanceTypes.map((type) => markup`<option>${type}</option>`)}</select></label>
<button>Deploy a model</button>
</form>
<div id="live">${liveMarkup(shown)}</div>
</main>
<script>
setInterval(async () => {
  const answer = await fetch('/live').catch(() => undefined);
  if (answer?.ok) document.getElementById('live').innerHTML = await answer.text();
}, 2000);
</script>
</body>
</html>
`.html;
}

/** The part of it that is looked at again and again. */
export function livePart(shown: Shown): string {
  return liveMarkup(shown).html;
}

function liveMarkup({ platform, gatekeeper, nowMs }: Shown): Markup {
  const models = platform.models(nowMs);
  const answers = gatekeeper.isAnswering()
    ? 'Minutebook answers'
    : 'Minutebook does not answer: the copy of its gates decides';
  return markup`<p class="soft">${second(nowMs)}; usage is reported up to ${second(platform.memory().acknowledgedMs)}. ${answers}.</p>
${customers.map(({ workspace, entry }) => {
  const own = models.filter((model) => model.workspace === workspace);
  return markup`<section>
<h2>${entry.name} <code>${workspace}</code> <a href="/billing/${workspace}">Billing</a></h2>
${gateMarkup(workspace, gatekeeper.gateOf(workspace))}
<table><tbody>${own.map(modelRow)}</tbody></table>
</section>
`;
})}${refusedMarkup(gatekeeper)}`;
}

function gateMarkup(workspace: string, { allowed, reason, message, runUntil }: Gate): Markup {
  const until = runUntil === undefined ? '' : markup`<p class="notice">Credits last until ${runUntil}.</p>`;
  const helps = runUntil !== undefined || reason === 'credits_exhausted' || reason === 'payment_method_missing';
  const button = helps
    ? markup`<form method="post" action="/payment-method"><input type="hidden" name="workspace" value="${workspace}"><button>Add a payment method</button></form>`
    : '';
  return markup`${allowed ? '' : markup`<p class="refused">Nothing can be deployed. ${message ?? ''}</p>`}${allowed ? until : ''}${button}`;
}

const whose = { billing: 'by billing', owner: 'by its owner' } as const;

function modelRow(running: RunningModel): Markup {
  const { workspace, model } = running;
  const isStopped = running.state === 'stopped';
  const state = isStopped ? `stopped ${whose[running.stoppedBy]}` : 'running';
  const kind = isStopped ? running.stoppedBy : 'active';
  const path = `/models/${encodeURIComponent(workspace)}/${encodeURIComponent(model)}`;
  const verb = isStopped ? 'activate' : 'deactivate';
  // What billing stopped its owner cannot start.
  const button =
    isStopped && running.stoppedBy === 'billing'
      ? ''
      : markup`<form method="post" action="${path}/${verb}"><button>${isStopped ? 'Start' : 'Stop'}</button></form>`;
  return markup`<tr><th scope="row">${model}</th><td><span class="state ${kind}">${state}</span></td><td class="soft">${phasesOf(running)}</td><td>${button}</td></tr>
`;
}

function phasesOf({ state, replicas }: RunningModel): string {
  const phases = [...new Set(replicas.map(({ phase }) => phase))].map(
    (phase) => `${replicas.filter((replica) => replica.phase === phase).length} ${phase.replace('_', ' ')}`,
  );
  const types = [...new Set(replicas.map(({ instanceType }) => instanceType))].join(', ');
  if (phases.length > 0) return `${phases.join(', ')} on ${types}`;
  return state === 'active' ? 'no replicas at this time of day' : '';
}

function refusedMarkup(gatekeeper: Gatekeeper): Markup {
  const refused = gatekeeper.refused();
  if (refused.length === 0) return markup``;
  return markup`<section><h2>Refused deployments</h2><table><tbody>${refused.map(
    ({ workspace, model, version, atMs, message }) =>
      markup`<tr><th scope="row">${model} ${version}</th><td>${workspace}</td><td class="soft">${second(atMs)}</td><td>${message}</td></tr>`,
  )}</tbody></table></section>`;
}

function second(ms: number): string {
  return formatInstant(Math.floor(ms / 1000) * 1000);
}

const styles = markup`
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem; }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
h2 a { font-size: .9rem; font-weight: 400; }
code { font-weight: 400; opacity: .7; }
.soft { opacity: .75; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 500; }
th, td { padding: .3rem .75rem .3rem 0; border-top: 1px solid color-mix(in srgb, CanvasText 15%, Canvas); vertical-align: top; }
th { width: 14rem; }
td form { text-align: right; }
form { margin: 0; }
.deploy { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
.deploy label { display: grid; font-size: .85rem; }
input, select, button { font: inherit; padding: .2rem .6rem; }
.state { padding: .05rem .55rem; border-radius: 1rem; background: #1a7f37; color: #fff; white-space: nowrap; }
.state.billing { background: #b42318; }
.state.owner { background: #59616b; }
.refused, .notice, .said { padding: .5rem .75rem; border-left: 4px solid #b42318; background: color-mix(in srgb, #b42318 10%, Canvas); margin: .4rem 0; }
.notice, .said { border-color: #9a6700; background: color-mix(in srgb, #9a6700 10%, Canvas); }
`;
