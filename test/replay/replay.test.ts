// A replay over a real API and a real database. Temporal is left out: what its workflows would ask for is asked for here.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ReplayOptions, readOptions } from '../../replay/options';
import { replay } from '../../replay/replay';
import { type Minutebook, startMinutebook } from '../api/minutebook';
import { until } from '../harness/until';

const project = path.resolve(__dirname, '../..');
const directory = mkdtempSync(path.join(tmpdir(), 'replay-'));
let book: Minutebook;
let url: string;
let printed: string[];
let closing: { stop: () => Promise<void> };

beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-10T00:00:00Z' });
  await book.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(book.app.server.address() as AddressInfo).port}`;
  closing = closePeriods();
});

afterAll(async () => {
  await closing.stop();
  await book.close();
  rmSync(directory, { recursive: true });
});

beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => jest.restoreAllMocks());

/** Meters, and closes what is complete, again and again. */
function closePeriods() {
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      await book.meter();
      const open = await book
        .db('billing_periods')
        .whereIn('status', ['open', 'waiting'])
        .where('ends_at', '<=', '2025-03-01T00:00:00Z')
        .orderBy(['month', 'workspace_id'])
        .select('workspace_id', 'month');
      for (const { workspace_id, month } of open)
        await book.activities.billing.finalizeInvoice({ workspace: workspace_id, month });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

function run(file: string, ...flags: readonly string[]): Promise<boolean> {
  const options = readOptions([file, '--wait', '50s', ...flags], [directory]) as ReplayOptions;
  return replay({ url, key: book.keys.admin }, project, options);
}

function write(name: string, ...lines: readonly string[]): string {
  writeFileSync(path.join(directory, name), lines.join('\n'));
  return name;
}

const header = 'workspace,model,version,replica,instance_type,phase,from,to';
const traceHeader = 'instance_sn,role,app_name,cpu_request,creation_time,scheduled_time,deletion_time';
// app_4: education; a replica of two hours on A10Gx4x16 (0.02012 a minute), deploying for its first minute and a bit.
const trace = write('trace.csv', traceHeader, 'a,HN,app_4,4,0.0,70.00000000000001,7200.0', 'b,CN,app_31,96,,,');

const expectation = {
  workspaces: [
    {
      workspace: 'trace-04',
      billable_replica_minutes: 120,
      deploying_minutes: 2,
      serving_minutes: 119,
      gross_nano: '2414400000',
      program_discount_nano: '1207200000',
      credits_applied_nano: '1207200000',
      due_cents: 0,
    },
    {
      workspace: 'trace-07',
      billable_replica_minutes: 44640,
      deploying_minutes: 0,
      serving_minutes: 44640,
      gross_nano: '616924800000',
      program_discount_nano: '123384960000',
      credits_applied_nano: '30000000000',
      due_cents: 46354,
    },
  ],
  active_by_model: [
    { workspace: 'trace-04', model: 'app_4', active_minutes: 120 },
    { workspace: 'trace-07', model: 'app_31', active_minutes: 44640 },
  ],
};
const expected = write('expected.json', JSON.stringify(expectation));

test('a trace gets its workspaces, prices and terms, and is billed as expected', async () => {
  await expect(run(trace, '--trace', 'dlrm', '--expect', expected)).resolves.toBe(true);
  expect(printed.join('\n')).toMatch(/trace-07 +44,640 +616\.9248 .* 463\.54 +trace-07-0001/);
  expect(printed.join('\n')).toMatch(/As expected: all \d+ figures are equal/);
});

test('again, cut, shuffled and sent twice, it comes to the same invoices', async () => {
  const flags = ['--trace', 'dlrm', '--expect', expected, '--every', '7m', '--shuffle', '1', '--repeat', '2'];
  await expect(run(trace, ...flags)).resolves.toBe(true);
  expect(printed.join('\n')).toMatch(/Invoiced before this replay: January 2025 of trace-04, trace-07/);
});

test('another figure than expected is named, and fails', async () => {
  const [first, ...rest] = expectation.workspaces;
  const wrong = write('wrong.json', JSON.stringify({ workspaces: [{ ...first, due_cents: 1 }, ...rest] }));
  await expect(run(trace, '--trace', 'dlrm', '--expect', wrong)).resolves.toBe(false);
  expect(printed.join('\n')).toContain('workspaces due_cents trace-04: expected 1, came 0');
});

test('a file of usage is billed at the prices that are there; what cannot be is named, and fails', async () => {
  await book.call('PUT', '/v1/workspaces/acme', {
    body: { name: 'Acme', billingEmail: 'billing@acme.example', startsAt: '2025-01-01T00:00:00Z' },
  });
  const whole = 'acme,chat,v1,r-0,T4x4x16,serving,2025-01-10T00:00:00Z,2025-02-20T00:00:00Z';
  await expect(run(write('usage.csv', header, whole))).resolves.toBe(true);
  expect(printed.join('\n')).toMatch(/acme +2025-01 .* acme-0001\nacme +2025-02 .* acme-0002/);

  const ghost = whole.replace('acme', 'ghost');
  await expect(run(write('ghost.csv', header, ghost))).resolves.toBe(false);
  expect(printed.join('\n')).toMatch(/Quarantine holds 2 reports.*\n +ghost: there is no such workspace/);

  const unpriced = whole.replace('T4x4x16', 'unheard-of');
  await expect(run(write('unpriced.csv', header, unpriced))).resolves.toBe(false);
  expect(printed.join('\n')).toMatch(/lacking a price/);
});

test('a month in which nothing was billable needs no invoice', async () => {
  await book.call('PUT', '/v1/workspaces/idle', {
    body: { name: 'Idle', billingEmail: 'billing@idle.example', startsAt: '2025-01-01T00:00:00Z' },
  });
  const row = 'idle,chat,v1,r-0,T4x4x16,idle,2025-01-10T00:00:00Z,2025-01-20T00:00:00Z';
  await expect(run(write('idle.csv', header, row))).resolves.toBe(true);
  expect(printed.join('\n')).toMatch(/idle +0 .* none/);
});

test('usage from before a workspace began is counted, and nothing is waited for that never comes', async () => {
  await book.call('PUT', '/v1/workspaces/young', {
    body: { name: 'Young', billingEmail: 'billing@young.example', startsAt: '2025-02-01T00:00:00Z' },
  });
  const facts = 'young,chat,v1,r-0,T4x4x16,serving';
  const early = [
    `${facts},2024-12-10T00:00:00Z,2024-12-11T00:00:00Z`,
    `${facts},2025-01-31T00:00:00Z,2025-02-01T01:00:00Z`,
  ];
  const began = Date.now();
  const file = write('young.csv', header, ...early, `${facts},2025-02-03T00:00:00Z,2025-02-04T00:00:00Z`);
  await expect(run(file)).resolves.toBe(false);
  expect(Date.now() - began).toBeLessThan(30_000);
  expect(printed.join('\n')).toMatch(/young +1,440 .* young-0001/);
  expect(printed.join('\n')).toMatch(
    /Quarantine holds 2 reports.*\n {2}young: 2 reports of the file begin before it does \(2025-02-01T00:00:00Z\)/,
  );
  expect(printed.join('\n')).not.toContain('No invoice yet');
});

test('minutes that come after their month was invoiced are named, and are not in its row', async () => {
  const late = write('late.csv', header, 'acme,chat,v1,r-9,T4x4x16,serving,2025-01-10T00:00:00Z,2025-01-10T01:00:00Z');
  await expect(run(late)).resolves.toBe(true);
  // From the tenth on: 22 days of one replica.
  expect(printed.join('\n')).toMatch(/acme +31,680 .* acme-0001/);
  const isMetered = async () => {
    const { body } = await book.call('GET', '/v1/workspaces/acme/usage?period=2025-01');
    return (body as { unbilled?: unknown }).unbilled !== undefined;
  };
  await until('the late hour is metered', isMetered, 20_000);
  printed = [];
  await expect(run(late)).resolves.toBe(true);
  expect(printed.join('\n')).toMatch(/acme +31,680 .* acme-0001/);
  expect(printed.join('\n')).toMatch(
    /Usage reported late:\n {2}acme, January 2025: \$0.6312 at list price goes on the workspace's next invoice/,
  );
});

test('a month that was closed without an invoice is not waited for, when usage of it comes', async () => {
  const late = write(
    'idle-late.csv',
    header,
    'idle,chat,v1,r-1,T4x4x16,serving,2025-01-10T00:00:00Z,2025-01-10T01:00:00Z',
  );
  await expect(run(late)).resolves.toBe(true);
  expect(printed.join('\n')).toMatch(/idle +0 .* none/);
});

test('nobody answering is said at once, with what to do', async () => {
  const options = readOptions([trace, '--trace', 'dlrm'], [directory]) as ReplayOptions;
  const nobody = replay({ url: 'http://127.0.0.1:1', key: 'k' }, project, options);
  await expect(nobody).rejects.toThrow(/no Minutebook answers at http:\/\/127.0.0.1:1.*npm start/s);
});
