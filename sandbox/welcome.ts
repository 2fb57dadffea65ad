// What a started Minutebook says of itself: each address, and what to look at there.

import { type SandboxFile, sandboxFile } from './sandbox-file';

export function welcome(file: SandboxFile, home: string, seconds: number): string {
  const addresses: readonly (readonly [string, string | null, string])[] = [
    ['API', file.api, 'usage goes in, bills come out; see /openapi.json for every call'],
    ['Temporal UI', file.temporalUi, 'one billingPeriod workflow a workspace and month: open one, read its details'],
    ['Temporal', file.temporalAddress, 'for the temporal CLI: temporal workflow list --address …'],
    ['PostgreSQL', file.databaseUrl, 'the truth: psql, then \\d+ invoices'],
    ['Platform', file.platform, 'the platform being billed: its models and replicas as they are now'],
  ];
  const shown = addresses.filter((line): line is readonly [string, string, string] => line[1] !== null);
  return [
    '',
    `Minutebook is ready (${seconds.toFixed(1)} s).`,
    '',
    ...shown.flatMap(([name, address, what]) => [`  ${name.padEnd(12)} ${address}`, `  ${''.padEnd(12)} ${what}`]),
    '',
    `  Keys are in ${sandboxFile(home)}; the workspaces, for example:`,
    `    curl -H "Authorization: Bearer ${keyFrom(home)}" ${file.api}/v1/workspaces`,
    '',
    `  Data is kept in ${home}. Ctrl-C stops everything; npm start goes on where it stopped.`,
    '',
  ].join('\n');
}

// The key itself stays out of terminals and their logs.
function keyFrom(home: string): string {
  return `$(node -p "require('${sandboxFile(home)}').keys.admin")`;
}
