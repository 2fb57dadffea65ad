// What a started Minutebook says of itself: each address, and what to look at there.

import { type SandboxFile, sandboxFile } from '../runtime/sandbox-file';

export function welcome(file: SandboxFile, home: string, seconds: number): string {
  const addresses: readonly (readonly [string, string | null, string])[] = [
    ['API', file.api, 'usage goes in, bills come out; see /openapi.json for every call'],
    ['Temporal UI', file.temporalUi, 'one billingPeriod workflow a workspace and month: open one, read its details'],
    ['Temporal', file.temporalAddress, 'for the temporal CLI: temporal workflow list --address …'],
    [
      'PostgreSQL',
      withoutCredentials(file.databaseUrl),
      `the truth: psql "${valueFrom(home, 'databaseUrl')}", then \\d+ invoices`,
    ],
    ['Stripe', file.stripe?.url ?? null, 'the emulator that payments go to: customers, charges, events, and switches'],
    ['Mail', file.mail, 'the inbox: every e-mail that customers are sent, as they see it'],
    ['Platform', file.platform, 'the platform being billed: its models and replicas as they are now'],
  ];
  const shown = addresses.filter((line): line is readonly [string, string, string] => line[1] !== null);
  return [
    '',
    `Minutebook is ready (${seconds.toFixed(1)} s).`,
    '',
    ...shown.flatMap(([name, address, what]) => [`  ${name.padEnd(12)} ${address}`, `  ${''.padEnd(12)} ${what}`]),
    ...billingPages(file),
    '',
    `  Keys and the database's password are in ${sandboxFile(home)}; the workspaces, for example:`,
    `    curl -H "Authorization: Bearer ${valueFrom(home, 'keys.admin')}" ${file.api}/v1/workspaces`,
    '',
    `  Data is kept in ${home}. Ctrl-C stops everything; npm start goes on where it stopped.`,
    '',
  ].join('\n');
}

// A link into the page is good for minutes: the platform asks for one whenever its own address is opened.
function billingPages({ pages }: SandboxFile): readonly string[] {
  if (pages.length === 0) return [];
  return [
    '',
    '  Billing pages, as customers open them from the platform:',
    ...pages.map((address) => `    ${address}`),
  ];
}

// Keys and passwords themselves stay out of terminals and their logs.
function valueFrom(home: string, field: string): string {
  return `$(node -p "require('${sandboxFile(home)}').${field}")`;
}

function withoutCredentials(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  // A password may stand there, too.
  url.search = '';
  return url.href;
}
