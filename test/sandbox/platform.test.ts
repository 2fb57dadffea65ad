import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { Client } from '../../client/http';
import type { Gate } from '../../contract/gate';
import type { UsageBatch } from '../../contract/usage';
import { dayMs, hourMs, parseInstant } from '../../domain/period';
import { reportSpanMsMax, type UsageReport } from '../../domain/usage';
import { readPriceFile } from '../../replay/files/price-file';
import { customers } from '../../sandbox/platform/fleet';
import { createGatekeeper } from '../../sandbox/platform/gatekeeper';
import { firstMemory, openNotebook, startBefore } from '../../sandbox/platform/memory';
import { createPlatform } from '../../sandbox/platform/platform';
import { reportUntil } from '../../sandbox/platform/reporting';
import { serve } from '../../sandbox/platform/server';
import { started, stopped, stoppedBy, withoutStopped } from '../../sandbox/platform/stoppages';
import { reportsBetween } from '../../sandbox/platform/timeline';
import { minutesOf } from '../replay/reports';

const startMs = Date.UTC(2026, 0, 1);
const platformKey = Buffer.alloc(32, 7);
const between = (fromMs: number, toMs: number) => reportsBetween(customers, startMs, { fromMs, toMs });
const instants = fc.integer({ min: startMs, max: startMs + 90 * dayMs });

async function listUsd(reports: readonly UsageReport[], workspace: string): Promise<number> {
  const prices = await readPriceFile(path.resolve(__dirname, '../../sandbox/prices.csv'), '2026-01-01T00:00:00Z');
  const usd = new Map(prices.map(({ instanceType, usdPerMinute }) => [instanceType, Number(usdPerMinute)]));
  const billable = reports.filter((report) => report.workspace === workspace && report.phase !== 'idle');
  return billable.reduce((sum, { instanceType, fromMs, toMs }) => {
    return sum + ((toMs - fromMs) / 60_000) * (usd.get(instanceType) ?? Number.NaN);
  }, 0);
}

describe('what replicas did', () => {
  test('does not depend on the moments at which it was asked for', () => {
    fc.assert(
      fc.property(instants, fc.nat(3 * dayMs), fc.nat(3 * dayMs), (fromMs, first, second) => {
        const [middle, toMs] = [fromMs + first, fromMs + first + second];
        const parts = [...between(fromMs, middle), ...between(middle, toMs)];
        expect(minutesOf(parts)).toEqual(minutesOf(between(fromMs, toMs)));
        const lengthOf = (of: UsageReport[]) => of.reduce((sum, each) => sum + each.toMs - each.fromMs, 0);
        expect(lengthOf(parts)).toBe(lengthOf(between(fromMs, toMs)));
      }),
      { numRuns: 12 },
    );
  });

  test('is one thing at a time for each replica, in pieces that a report may be', () => {
    const ends = new Map<string, number>();
    for (const { replica, fromMs, toMs } of between(startMs, startMs + 31 * dayMs)) {
      expect(fromMs).toBeGreaterThanOrEqual(ends.get(replica) ?? 0);
      expect(toMs - fromMs).toBeLessThanOrEqual(reportSpanMsMax);
      expect(toMs).toBeGreaterThan(fromMs);
      ends.set(replica, toMs);
    }
  });

  test('shows every phase, several versions, and a few hundred reports a workspace and month', () => {
    const month = between(startMs, startMs + 31 * dayMs);
    expect(new Set(month.map(({ phase }) => phase)).size).toBe(5);
    expect(new Set(month.filter(({ model }) => model === 'chat-7b').map(({ version }) => version)).size).toBe(2);
    for (const { workspace } of customers.filter(({ models }) => models.length > 0)) {
      const count = month.filter((report) => report.workspace === workspace).length;
      expect(count).toBeGreaterThan(50);
      expect(count).toBeLessThan(1000);
    }
  });

  test('is nothing before the platform began', () => {
    expect(between(startMs - 10 * dayMs, startMs)).toEqual([]);
  });

  test('costs the hobby project about half of its free credits, and takes the enterprise into its third tier', async () => {
    const hobby = await listUsd(between(startMs, startMs + 75 * dayMs), 'free-hobby');
    expect(hobby).toBeGreaterThan(10);
    expect(hobby).toBeLessThan(20);
    const enterprise = await listUsd(between(startMs, startMs + 31 * dayMs), 'enterprise-volume');
    expect(enterprise).toBeGreaterThan(55_000);
  });

  test('grows from month to month for the growing start-up', async () => {
    const months = [0, 1, 2].map((month) => between(startMs + month * 30 * dayMs, startMs + (month + 1) * 30 * dayMs));
    const usd = await Promise.all(months.map((month) => listUsd(month, 'paying-growth')));
    expect(usd[1]).toBeGreaterThan((usd[0] ?? 0) * 1.1);
    expect(usd[2]).toBeGreaterThan((usd[1] ?? 0) * 1.1);
  });
});

describe('a stopped model', () => {
  const owner = (nowMs: number) => ({ by: 'owner', nowMs }) as const;
  const billing = (nowMs: number) => ({ by: 'billing', nowMs }) as const;
  const model = { workspace: 'nonprofit', model: 'relief-translator' };

  test('reports nothing until it is started, and everything else as before', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: dayMs }), (stopMs, lengthMs) => {
        const stoppages = started(stopped([], model, owner(stopMs)), model, owner(stopMs + lengthMs));
        const all = between(stopMs - hourMs, stopMs + dayMs + hourMs);
        const isOf = (report: UsageReport) => report.model === model.model;
        const left = withoutStopped(all, stoppages);
        expect(left.filter((report) => !isOf(report))).toEqual(all.filter((report) => !isOf(report)));
        const running = left.filter(isOf);
        expect(running.every(({ fromMs, toMs }) => toMs <= stopMs || fromMs >= stopMs + lengthMs)).toBe(true);
        const outside = [...between(stopMs - hourMs, stopMs), ...between(stopMs + lengthMs, stopMs + dayMs + hourMs)];
        expect(minutesOf(running)).toEqual(minutesOf(outside.filter(isOf)));
      }),
      { numRuns: 12 },
    );
  });

  test('stays so when it is stopped again, and starting one that runs changes nothing', () => {
    const once = stopped([], model, owner(startMs));
    expect(stopped(once, model, owner(startMs + 5))).toBe(once);
    expect(started([], model, owner(startMs))).toEqual([]);
  });

  test('is started by who stopped it alone, and its owner is named before billing', () => {
    const both = stopped(stopped([], model, owner(startMs)), model, billing(startMs + 5));
    expect(stoppedBy(both, model)).toBe('owner');
    const lifted = started(both, model, billing(startMs + 10));
    expect(stoppedBy(lifted, model)).toBe('owner');
    expect(stoppedBy(started(both, model, owner(startMs + 10)), model)).toBe('billing');
    expect(stoppedBy(started(lifted, model, owner(startMs + 15)), model)).toBeUndefined();
  });
});

describe('the platform', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'platform-'));
  const untilMs = startMs + 40 * dayMs;
  let platform: ReturnType<typeof createPlatform>;
  let batches: UsageBatch[];
  let failAt: number;

  // Stands for an API that goes away in the middle: the real one cannot be made to at a given batch.
  const client = {
    recordUsage: async (batch: UsageBatch | string) => {
      if (batches.length === failAt) throw new Error('away');
      batches.push(batch as UsageBatch);
      return { accepted: 0, quarantined: 0 };
    },
  } as Client;

  beforeEach(() => {
    platform = createPlatform(firstMemory(startMs), openNotebook(home));
    batches = [];
    failAt = Number.POSITIVE_INFINITY;
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const sent = () =>
    batches
      .flatMap(({ reports }) => reports)
      .map(({ from, to, ...facts }) => ({ ...facts, fromMs: parseInstant(from) ?? 0, toMs: parseInstant(to) ?? 0 }));
  const marks = () => batches.flatMap(({ completeThrough }) => completeThrough ?? []);

  test('begins on the first of the month two months back', () => {
    expect(startBefore(Date.UTC(2026, 1, 28))).toBe(Date.UTC(2025, 11, 1));
    expect(startBefore(Date.UTC(2026, 2, 1))).toBe(Date.UTC(2026, 0, 1));
  });

  test('reports the past month by month and says of each that it is complete', async () => {
    await reportUntil(client, platform, untilMs);
    expect(marks()).toEqual(['2026-02-01T00:00:00Z', '2026-02-10T00:00:00Z']);
    expect(minutesOf(sent())).toEqual(minutesOf(between(startMs, untilMs)));
  });

  test('goes on where it stopped, and loses nothing when it was interrupted', async () => {
    failAt = 2;
    await expect(reportUntil(client, platform, untilMs)).rejects.toThrow('away');
    failAt = Number.POSITIVE_INFINITY;
    const again = createPlatform(openNotebook(home).read() ?? firstMemory(startMs), openNotebook(home));
    await reportUntil(client, again, untilMs);
    expect(minutesOf(sent())).toEqual(minutesOf(between(startMs, untilMs)));
    const count = batches.length;
    await reportUntil(client, again, untilMs);
    expect(batches).toHaveLength(count);
  });

  test('sends its mark also when nothing was used', async () => {
    await reportUntil(client, platform, startMs + 15_000);
    await reportUntil(client, platform, startMs + 30_000);
    expect(marks()).toEqual(['2026-01-01T00:00:15Z', '2026-01-01T00:00:30Z']);
  });

  describe('at its address', () => {
    let server: Server;
    let url: string;
    let gates: { [workspace: string]: Gate };
    let reported: string[];
    const gatekeeper = () =>
      createGatekeeper({
        platform,
        say: () => undefined,
        client: {
          getGate: async (workspace) => gates[workspace] ?? { allowed: true },
          listGates: async () => undefined,
          reportRefusedDeploy: async (workspace, { model }) => {
            reported.push(`${workspace} ${model}`);
            return { counted: true };
          },
        },
      });
    const form = (place: string, fields: Record<string, string> = {}) =>
      fetch(`${url}${place}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

    beforeEach(async () => {
      const openPage = async (workspace: string, returnUrl: string) => {
        if (workspace === 'nobody') throw new Error('there is no workspace nobody');
        return `https://billing.example/enter/${workspace}?from=${returnUrl}`;
      };
      gates = {};
      reported = [];
      server = await serve({
        platform,
        gatekeeper: gatekeeper(),
        key: platformKey,
        cardPage: async () => undefined,
        openPage,
        port: 0,
      });
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    const call = async (method: string, place: string) => {
      const response = await fetch(`${url}${place}`, { method });
      return { status: response.status, body: (await response.json()) as { items: unknown[]; state?: string } };
    };

    test('shows its models, all or those of a workspace', async () => {
      expect((await call('GET', '/models')).body.items).toHaveLength(12);
      expect((await call('GET', '/models?workspace=free-hobby')).body.items).toMatchObject([
        { workspace: 'free-hobby', model: 'story-writer', state: 'active' },
      ]);
      expect((await call('GET', '/health')).status).toBe(200);
      expect(await (await fetch(url)).text()).toContain('assistant-70b');
    });

    test('leads each customer to its billing page, by a link that it asks for when it is clicked', async () => {
      const html = await (await fetch(url)).text();
      expect(customers.filter(({ workspace }) => !html.includes(`<a href="/billing/${workspace}">`))).toEqual([]);
      const led = await fetch(`${url}/billing/university`, { redirect: 'manual' });
      expect([led.status, led.headers.get('location')]).toEqual([
        303,
        `https://billing.example/enter/university?from=${url}/`,
      ]);
      const failed = await fetch(`${url}/billing/nobody`);
      expect([failed.status, await failed.text()]).toEqual([503, expect.stringContaining('no workspace nobody')]);
    });

    test('lets its owner stop and start a model, remembers it, and does neither twice', async () => {
      const place = '/models/enterprise-volume/assistant-70b';
      await call('POST', `${place}/deactivate`);
      expect((await call('POST', `${place}/deactivate`)).body).toMatchObject({
        state: 'stopped',
        stoppedBy: 'owner',
        replicas: [],
      });
      expect(openNotebook(home).read()?.stoppages).toMatchObject([{ model: 'assistant-70b', toMs: null }]);
      expect((await call('POST', `${place}/activate`)).body.state).toBe('active');
      expect((await call('POST', `${place}/activate`)).status).toBe(200);
      expect(openNotebook(home).read()?.stoppages).toHaveLength(1);
    });

    test('deploys a model where the gate lets it, reports its usage, and forgets it not', async () => {
      const fields = { workspace: 'free-hobby', model: 'poet', instanceType: 'T4x4x16' };
      const answer = await form('/deploy', fields);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
      const [poet] = platform.models(Date.now()).filter(({ model }) => model === 'poet');
      expect(poet).toMatchObject({ state: 'active', replicas: [{ version: 'v1', phase: 'deploying' }] });
      const sinceMs = openNotebook(home).read()?.deployments[0]?.sinceMs ?? 0;
      const span = { fromMs: sinceMs - hourMs, toMs: sinceMs + hourMs };
      expect(platform.reports(span).filter(({ model }) => model === 'poet')).toMatchObject([
        { phase: 'deploying', fromMs: sinceMs, toMs: sinceMs + 30_000 },
        { phase: 'serving', fromMs: sinceMs + 30_000, toMs: sinceMs + hourMs },
      ]);
      expect(await (await fetch(`${url}/live`)).text()).toContain('poet');
      for (const other of [{ workspace: 'nobody' }, { model: 'a b' }, { model: 'story-writer' }]) {
        const refused = await form('/deploy', { ...fields, ...other });
        expect(refused.headers.get('location')).toMatch(/^\/\?said=Not%20done/);
      }
    });

    test('shows and reports what the gate refuses: deploying, and starting what was stopped', async () => {
      await call('POST', '/models/free-hobby/story-writer/deactivate');
      gates = { 'free-hobby': { allowed: false, reason: 'credits_exhausted', message: 'Add a <card>.' } };
      const answer = await form('/deploy', { workspace: 'free-hobby', model: 'poet', instanceType: 'T4x4x16' });
      expect(answer.headers.get('location')).toBe('/?said=Refused%3A%20Add%20a%20%3Ccard%3E.');
      const started = await call('POST', '/models/free-hobby/story-writer/activate');
      expect(started).toMatchObject({ status: 402, body: { code: 'credits_exhausted', detail: 'Add a <card>.' } });
      expect(reported).toEqual(['free-hobby poet', 'free-hobby story-writer']);
      const shown = await (await fetch(url)).text();
      expect(shown).toContain('Refused deployments');
      expect(shown).toContain('Add a &lt;card&gt;.');
      expect(shown).toContain('stopped by its owner');
    });

    test.each([
      ['POST', '/models/free-hobby/none/deactivate'],
      ['POST', '/models/free-hobby/story-writer/burn'],
      ['GET', '/nothing'],
      ['GET', '/models/%E0%A4%A'],
      ['DELETE', '/models'],
    ])('answers 404 to %s %s', async (method, place) => {
      expect((await call(method, place)).status).toBe(404);
    });
  });
});
