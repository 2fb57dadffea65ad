// The customers that the page is shown to: each has another side of billing to see. Their past months are closed, invoiced,
// e-mailed and charged by the running Minutebook itself.
import type { WorkspaceEntry } from '../../contract/workspaces';
import { formatInstant, hourMs, minuteMs, monthStartMs } from '../../domain/period';
import { giveMethod } from '../../sandbox/platform/checkout';
import { until } from '../harness/until';
import { daily, lastMonth, nowMs, type Report, running, spanOf, startsAt } from './reports';
import type { Sandbox } from './sandbox';

const nowMinute = formatInstant(Math.floor(nowMs / minuteMs) * minuteMs);

const card = { method: 'card', exp: '12 / 34', cvc: '123', name: 'Ada Example' };
export const cards = {
  good: { ...card, number: '4242424242424242' },
  short: { ...card, number: '4000000000000341' },
  asks: { ...card, number: '4000002760003184' },
} as const;

export async function seed(sandbox: Sandbox): Promise<void> {
  const { client } = sandbox;
  await losePost(sandbox, 'gone@overdue.example');
  await client.putPrices(
    [
      ['A10Gx4x16', '0.02012'],
      ['H100:2', '0.21666'],
      ['T4x4x16', '0.01052'],
    ].map(([instanceType = '', usdPerMinute = '']) => ({ instanceType, usdPerMinute, effectiveFrom: startsAt })),
  );
  await Promise.all([
    seedAcme(sandbox),
    seedFailing(sandbox, 'declined', cards.short),
    seedFailing(sandbox, 'overdue', cards.asks),
    seedFailing(sandbox, 'mailed', cards.short),
    seedTrial(sandbox),
    seedBehind(sandbox),
    seedSpent(sandbox),
    seedLarge(sandbox),
    seedSuspended(sandbox),
    client.putWorkspace('fresh', entryOf('Fresh start')),
  ]);
  await seen(sandbox);
}

const entryOf = (name: string, more: Partial<WorkspaceEntry> = {}): WorkspaceEntry => ({
  name,
  billingEmail: `billing@${name.toLowerCase().replace(/\W+/g, '-')}.example`,
  ...more,
});

// Pays by card, has tiers and a discount, several models, versions and instance types, idle time, and a credit note.
async function seedAcme({ client }: Sandbox): Promise<void> {
  const address = {
    line1: '500 Market Street',
    city: 'San Francisco',
    region: 'CA',
    postalCode: '94105',
    country: 'US',
  };
  await client.putWorkspace(
    'acme',
    entryOf('Acme Research', { startsAt, billing: { address, taxId: 'EIN 12-3456789' } }),
  );
  await client.putTerms('acme', {
    effectiveFrom: startsAt,
    plan: 'team',
    volumeTiers: [
      { upTo: '500', percent: 0 },
      { upTo: null, percent: 10 },
    ],
    programDiscount: { kind: 'nonprofit', percent: 20 },
  });
  await giveMethod(client, 'acme', cards.good);
  await report({ client }, 'acme', [
    ...daily({ model: 'support-chat', version: 'v7', instanceType: 'A10Gx4x16', replicas: 3 }),
    // Also in the first hours of a month.
    ...spanOf({ model: 'support-chat', version: 'v7', instanceType: 'A10Gx4x16' }, nowMs - 2 * hourMs, nowMs),
    ...daily({ model: 'support-chat', version: 'v8', instanceType: 'A10Gx4x16', replicas: 1 }),
    ...daily({ model: 'support-chat', version: 'v8', instanceType: 'H100:2', replicas: 1, hours: [9, 11] }),
    ...daily({ model: 'document-search', version: '2026-09', instanceType: 'T4x4x16', replicas: 2 }),
    ...daily({ model: 'speech', version: 'large', instanceType: 'H100:2', replicas: 1, hours: [13, 15] }),
  ]);
}

async function seedFailing({ client }: Sandbox, workspace: string, paysWith: Readonly<Record<string, string>>) {
  const billing = { emails: [`gone@${workspace}.example`] };
  await client.putWorkspace(
    workspace,
    entryOf(workspace, { startsAt: formatInstant(monthStartMs(lastMonth)), billing }),
  );
  await giveMethod(client, workspace, paysWith);
  await report(
    { client },
    workspace,
    daily({ model: 'translator', version: 'v1', instanceType: 'A10Gx4x16', replicas: 1 }),
  );
}

// On free credits, nothing on file, something running.
async function seedTrial({ client }: Sandbox): Promise<void> {
  await client.putWorkspace('trial', entryOf('Trial', { startsAt: formatInstant(monthStartMs(lastMonth)) }));
  await report({ client }, 'trial', [
    ...daily({ model: 'story-writer', version: 'v1', instanceType: 'T4x4x16', replicas: 1, hours: [8, 8.25] }),
    ...spanOf({ model: 'story-writer', version: 'v1', instanceType: 'T4x4x16' }, nowMs - 3 * hourMs, nowMs),
  ]);
}

// More than its free credits, and nothing on file.
async function seedSpent({ client }: Sandbox): Promise<void> {
  const fromMs = Math.max(nowMs - hourMs, monthStartMs(running));
  await client.putWorkspace('spent', entryOf('Spent', { startsAt: formatInstant(fromMs) }));
  const line = { model: 'painter', instanceType: 'H100:2' };
  const versions = Array.from({ length: 40 }, (_, version) => ({ ...line, version: `v${version}` }));
  await report(
    { client },
    'spent',
    versions.flatMap((version) => spanOf(version, fromMs, nowMs)),
  );
}

async function seedSuspended({ client }: Sandbox): Promise<void> {
  await client.putWorkspace('suspended', entryOf('Suspended', { startsAt: formatInstant(nowMs - 5 * hourMs) }));
  await giveMethod(client, 'suspended', cards.good);
  const line = { model: 'scraper', version: 'v1', instanceType: 'T4x4x16' };
  await report({ client }, 'suspended', spanOf(line, nowMs - 4 * hourMs, nowMs - hourMs));
  await client.suspendWorkspace('suspended', { reason: 'Please ask support about your account.' });
}

async function seedBehind({ client }: Sandbox): Promise<void> {
  await client.putWorkspace('behind', entryOf('Left behind', { startsAt: formatInstant(nowMs - 5 * hourMs) }));
  // As long as names may be.
  const model = 'a-very-long-organisation-name/'.padEnd(200, 'classifier-');
  const line = { model, version: 'v1', instanceType: 'T4x4x16' };
  await report({ client }, 'behind', spanOf(line, nowMs - 4 * hourMs, nowMs - 3 * hourMs), nowMs - 3 * hourMs);
}

/** How many models it has, each with ten versions; one of them with a thousand. */
export const largeModels = 100;

async function seedLarge({ client }: Sandbox): Promise<void> {
  const fromMs = Math.max(nowMs - 2 * hourMs, monthStartMs(running));
  await client.putWorkspace('large', entryOf('Large fleet', { startsAt: formatInstant(fromMs) }));
  await giveMethod(client, 'large', cards.good);
  const reports = Array.from({ length: largeModels }, (_, model) =>
    Array.from({ length: model === 0 ? 1000 : 10 }, (_, version) =>
      spanOf(
        { model: `model-${String(model).padStart(3, '0')}`, version: `v${version}`, instanceType: 'T4x4x16' },
        fromMs,
        Math.min(nowMs, fromMs + (1 + ((model + version) % 50)) * minuteMs),
      ),
    ).flat(),
  ).flat();
  await report({ client }, 'large', reports);
}

async function report({ client }: Pick<Sandbox, 'client'>, workspace: string, reports: Report[], throughMs?: number) {
  const starts = Date.parse((await client.getWorkspace(workspace))?.startsAt ?? startsAt);
  const own = reports.filter(({ from }) => Date.parse(from) >= starts).map((each) => ({ ...each, workspace }));
  for (let at = 0; at < own.length; at += 5000) {
    await client.recordUsage({ source: `platform-${workspace}`, reports: own.slice(at, at + 5000) });
  }
  const completeThrough = throughMs === undefined ? nowMinute : formatInstant(throughMs);
  await client.recordUsage({ source: `platform-${workspace}`, completeThrough, reports: [] });
}

async function losePost({ file }: Sandbox, recipient: string): Promise<void> {
  const fault = { answer: 550, enhanced: '5.1.1', at: 'rcpt', recipient, times: 1000 };
  await fetch(`${file.mail}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
}

// Everything that the page is to show is there.
async function seen({ client }: Sandbox): Promise<void> {
  const statusOf = async (workspace: string) => (await client.listInvoices(workspace))[0]?.status;
  await until(
    'the past months are invoiced and paid',
    async () => (await client.listInvoices('acme')).length === 2 && (await statusOf('acme')) === 'paid',
    60_000,
  );
  for (const workspace of ['declined', 'mailed'])
    await until(`a charge of ${workspace} is declined`, async () => hasFailed(client, workspace), 60_000);
  await until('an invoice is past due', async () => (await statusOf('overdue')) === 'past_due', 60_000);
  const refusalOf = async (workspace: string) => (await client.getGate(workspace)).reason;
  await until('its models are stopped', async () => (await refusalOf('overdue')) === 'past_due', 60_000);
  await until('a workspace is suspended', async () => (await refusalOf('suspended')) === 'suspended', 60_000);
  for (const workspace of ['acme', 'trial', 'behind', 'large', 'declined', 'suspended']) {
    const isMetered = async () => (await client.getUsage(workspace)).meteredThrough !== null;
    await until(`the usage of ${workspace} is metered`, isMetered, 60_000);
  }
  const [paid] = await client.listInvoices('acme');
  if (paid !== undefined)
    await client.creditInvoice(paid.id, { key: 'sorry', amount: '12.50', reason: 'Slow replies on the 3rd' });
}

async function hasFailed(client: Sandbox['client'], workspace: string): Promise<boolean> {
  const [invoice] = await client.listInvoices(workspace);
  if (invoice === undefined) return false;
  const { attempts } = await client.getInvoicePayments(invoice.id);
  return attempts.some((attempt) => attempt.state === 'failed');
}
