// The platform's own page: what runs now, and the way to each customer's billing page.

import { type Markup, markup } from '../../domain/mail/markup';
import { formatInstant } from '../../domain/period';
import { customers } from './fleet';
import type { Platform, RunningModel } from './platform';

const whose = { billing: 'billing', owner: 'its owner' } as const;

/** As HTML for browsers, and as text for everybody else. */
export function overviewOf(
  platform: Platform,
  { nowMs, asHtml }: { readonly nowMs: number; readonly asHtml: boolean },
): string {
  const models = platform.models(nowMs);
  const { acknowledgedMs } = platform.memory();
  const heading = `Simulated platform at ${formatInstant(nowMs)}; usage is reported up to ${formatInstant(acknowledgedMs)}`;
  return asHtml ? page(heading, models) : text(heading, models);
}

function text(heading: string, models: readonly RunningModel[]): string {
  return [
    heading,
    '',
    ...models.map((running) => `  ${running.workspace.padEnd(20)} ${running.model.padEnd(20)} ${stateOf(running)}`),
    '',
    'GET /models says the same as JSON; POST /models/{workspace}/{model}/deactivate stops one, .../activate starts it.',
    'GET /billing/{workspace} leads to the billing page of a workspace.',
    '',
  ].join('\n');
}

function page(heading: string, models: readonly RunningModel[]): string {
  const sections = customers.map(({ workspace, entry }) => {
    const own = models.filter((running) => running.workspace === workspace);
    return markup`<section><h2>${entry.name}</h2>
<ul>${own.map((running) => markup`<li>${running.model}: ${stateOf(running)}</li>\n`)}</ul>
<p><a href="/billing/${workspace}">Billing of ${workspace}</a></p></section>
`;
  });
  return document(heading, sections).html;
}

function document(heading: string, sections: readonly Markup[]): Markup {
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>Simulated platform</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }</style></head>
<body><h1>Simulated platform</h1><p>${heading}.</p>
${sections}</body></html>
`;
}

function stateOf(running: RunningModel): string {
  const { replicas } = running;
  if (running.state === 'stopped') return `stopped by ${whose[running.stoppedBy]}`;
  const phases = [...new Set(replicas.map(({ phase }) => phase))].map(
    (phase) => `${replicas.filter((replica) => replica.phase === phase).length} ${phase}`,
  );
  return phases.join(', ') || 'no replicas at this time of day';
}
