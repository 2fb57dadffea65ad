// The switches as forms: time, faults of the API, disorder of webhooks.

import { type Markup, markup } from '../../../domain/mail/markup';
import { faultKinds } from '../faults';
import { paths } from '../routes';
import type { Served } from '../server';

export function switchesShown({ api, sender }: Served): Markup {
  const faults = api.faults.list();
  return markup`<section><h2>Time</h2><div class="switches panel">${ahead('A day ahead', 86_400)}${ahead('Five days ahead', 5 * 86_400)}${ahead('An hour ahead', 3600)}</div></section>
<section><h2>Faults</h2><div class="panel">
<form class="switches" method="post" action="/_emulator/faults">
<label>Call<select name="on">${paths().map((path) => markup`<option${path === 'POST /v1/payment_intents' ? markup` selected` : ''}>${path}</option>`)}</select></label>
<label>Fault<select name="kind">${faultKinds.map((kind) => markup`<option value="${kind}">${kind.replaceAll('_', ' ')}</option>`)}</select></label>
<label>Times<input name="times" type="number" min="1" value="1"></label>
<button>Show it</button></form>
${faults.length === 0 ? markup`<p class="soft">None waits.</p>` : markup`<ul>${faults.map(({ on, kind, times }) => markup`<li>${kind.replaceAll('_', ' ')}, ${String(times)} times, at <code>${on}</code></li>`)}</ul>`}
</div></section>
<section><h2>Webhooks</h2><div class="switches panel">${(['duplicate', 'shuffle', 'drop', 'pause'] as const).map((name) => toggle(name, sender.disorder()[name]))}</div></section>`;
}

export function ahead(label: string, seconds: number): Markup {
  return markup`<form method="post" action="/_emulator/advance"><button name="seconds" value="${String(seconds)}">${label}</button></form>`;
}

function toggle(name: string, isOn: boolean): Markup {
  return markup`<form method="post" action="/_emulator/webhooks"><button name="${name}" value="${String(!isOn)}" aria-pressed="${String(isOn)}">${name}: ${isOn ? 'on' : 'off'}</button></form>`;
}
