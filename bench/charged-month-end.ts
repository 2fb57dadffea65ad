// A month's end of a thousand workspaces at once with a card on file: issued, charged at the emulator of Stripe, and the receipt
// e-mailed with its PDF, beside empty workflows of the same shape on the same servers in the same run.
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import Stripe from 'stripe';
import { billingWorkflowId, collectWorkflowId, emailWorkflowId, invoiceId, invoiceIssuedKey } from '../domain/ids';
import { type Month, monthOf, previousMonth } from '../domain/period';
import { freePort } from '../sandbox/ports';
import type { RunningProcess } from '../sandbox/processes/processes';
import { untilAnswering } from '../sandbox/programs';
import { countActions } from './actions';
import {
  cpuOfAll,
  inParallel,
  type Measured,
  measure,
  printMeasured,
  startBeside,
  startGuards,
  withoutMending,
} from './measuring';
import {
  areDone,
  countInvoices,
  type Group,
  prepare,
  startEmptyPeriods,
  startPeriods,
  workspaceOf,
} from './month-end-data';
import { type BenchServers, withServers } from './servers';

const count = Number(process.env['BENCH_WORKSPACES'] ?? 1000);
/** Long enough for all to be asleep when the month ends. */
const startMs = count * 50 + 10_000;
const group: Group = { name: 'charged', count };
/** The most that STRIPE_RATE takes: more than anything here reaches, so that it is not what is measured. */
const callsPerSecond = 100;
const secretKey = 'sk_test_of_the_benchmark';

type Beside = { readonly emulator: RunningProcess; readonly emulatorUrl: string; readonly smtpPort: string };
type Run = { readonly servers: BenchServers; readonly client: Client; readonly month: Month; readonly beside: Beside };

/** Prints rates, their ratio, CPU of each process an invoice, and Temporal actions of a month. */
export async function chargedMonthEnd(): Promise<void> {
  await withServers(async (servers) => {
    const month = previousMonth(monthOf(Date.now()));
    console.log(
      `charged month end: ${count} workspaces, a card each, usage of ${month} metered before; STRIPE_RATE ${callsPerSecond}, which is not reached`,
    );
    await prepare(servers.db, { month, groups: [group] });
    const connection = await Connection.connect({ address: servers.temporalAddress });
    try {
      const client = new Client({ connection });
      await withoutMending(client);
      await withBeside(servers, (beside) => measureAll({ servers, client, month, beside }));
    } finally {
      await connection.close();
    }
  });
}

async function withBeside(servers: BenchServers, work: (beside: Beside) => Promise<void>): Promise<void> {
  const [stripePort, smtpPort] = [String(await freePort()), String(await freePort())];
  const emulator = await startBeside(servers, {
    name: 'stripe',
    entry: 'sandbox/stripe/main.js',
    env: {
      MINUTEBOOK_HOME: path.join(servers.directory, 'stripe'),
      STRIPE_EMULATOR_PORT: stripePort,
      STRIPE_SECRET_KEY: secretKey,
    },
  });
  const sink = await startBeside(servers, {
    name: 'smtp-sink',
    entry: 'bench/smtp-sink.js',
    env: { SMTP_SINK_PORT: smtpPort },
  });
  try {
    const emulatorUrl = `http://127.0.0.1:${stripePort}`;
    await untilAnswering(emulator, `${emulatorUrl}/health`, 'success');
    await work({ emulator, emulatorUrl, smtpPort });
  } finally {
    await sink.stop();
    await emulator.stop();
  }
}

async function measureAll(run: Run): Promise<void> {
  await putCardsOnFile(run);
  await startGuards(run.servers);
  const empty = await measureEmpty(run);
  printMeasured('empty workflows of the same shape', empty, count);
  const charged = await measureCharged(run);
  printMeasured('month end, to the last e-mail', charged, count);
  const again = await measureEmpty(run);
  printMeasured('empty workflows once more', again, count);
  const limit = (count / empty.seconds + count / again.seconds) / 2;
  console.log(`ratio to the limit: ${((100 * count) / charged.seconds / limit).toFixed(0)} %`);
  console.log(`CPU an invoice, all processes: ${(cpuOfAll(charged) / count).toFixed(1)} ms`);
  await printActions(run);
}

// Each a card of its own: how often a card may be declined is counted over all workspaces.
async function putCardsOnFile({ servers, beside }: Run): Promise<void> {
  const { hostname, port } = new URL(beside.emulatorUrl);
  const stripe = new Stripe(secretKey, { host: hostname, port, protocol: 'http', telemetry: false });
  const added: { workspace: string; customer: string; method: string }[] = [];
  await inParallel(10, count, async (index) => {
    const workspace = workspaceOf(group, index);
    const { id: customer } = await stripe.customers.create({ name: workspace });
    const { id: method } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    added.push({ workspace, customer, method });
  });
  await servers.db.raw(
    `with added as (
       select * from jsonb_to_recordset(?::jsonb) as listed (workspace text, customer text, method text)
     ), customers as (
       insert into payment_customers (workspace_id, customer, made_at) select workspace, customer, now() from added
     )
     insert into payment_methods (workspace_id, method, type, brand, last4, exp_month, exp_year, funding, fingerprint, added_at,
       updated_at)
     select workspace, method, 'card', 'visa', '4242', 12, 2099, 'credit', workspace, now(), now() from added`,
    [JSON.stringify(added)],
  );
}

async function measureEmpty({ servers, client }: Run): Promise<Measured> {
  const worker = await startBeside(servers, { name: 'empty-worker', entry: 'bench/empty-worker.js' });
  const closesAtMs = Date.now() + startMs;
  await startEmptyPeriods(client, { group, closesAtMs, steps: 2 });
  const isDone = () => areDone(client, 'emptyPeriod');
  const measured = await measure(servers, { processes: { worker }, fromMs: closesAtMs, isDone });
  await worker.stop();
  return measured;
}

async function measureCharged({ servers, client, month, beside }: Run): Promise<Measured> {
  const { emulator, emulatorUrl, smtpPort } = beside;
  const worker = await startBeside(servers, {
    name: 'worker',
    entry: 'workers/main.js',
    env: {
      SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
      MAIL_FROM: 'billing@example.com',
      // As many as there are: it is not the mail server's limit that is measured.
      MAIL_PER_SECOND: '1000',
      STRIPE_API_URL: emulatorUrl,
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_WEBHOOK_SECRET: 'whsec_of_nobody_who_calls_here',
      STRIPE_RATE: String(callsPerSecond),
      PUBLIC_URL: 'https://billing.example.com',
    },
  });
  const closesAtMs = Date.now() + startMs;
  await startPeriods(client, { month, group, closesAtMs });
  const milestones = milestonesOf(servers, closesAtMs);
  const processes = { worker, emulator };
  const measured = await measure(servers, { processes, fromMs: closesAtMs, isDone: milestones.areAllReached });
  await worker.stop();
  return measured;
}

// Said as each is passed: what the last invoice, the last payment and the last e-mail waited for.
function milestonesOf({ db }: BenchServers, fromMs: number) {
  const passed = new Set<string>();
  const pass = (what: string, isPassed: boolean) => {
    if (!isPassed || passed.has(what)) return;
    passed.add(what);
    const seconds = (Date.now() - fromMs) / 1000;
    console.log(`all ${what} after ${seconds.toFixed(1)} s, ${((60 * count) / seconds).toFixed(0)} a minute`);
  };
  return {
    areAllReached: async (): Promise<boolean> => {
      const { all, paid } = await countInvoices(db, group);
      // Beside them go the notices that credits are used up.
      const receipts = db('emails').where({ kind: 'invoice_issued' }).select('key');
      const sent = await db('email_addresses')
        .where({ state: 'sent' })
        .whereIn('email_key', receipts)
        .count({ rows: '*' })
        .first();
      pass('issued', all === count);
      pass('paid', paid === count);
      pass('e-mailed', Number(sent?.['rows']) === count);
      return passed.size === 3;
    },
  };
}

const counted = 20;

async function printActions({ client, month }: Run): Promise<void> {
  const of = Math.min(counted, count);
  const sums = { period: 0, collecting: 0, 'e-mail': 0 };
  for (let index = 0; index < of; index++) {
    const workspace = workspaceOf(group, index);
    const invoice = invoiceId({ workspace, month, kind: 'usage', sequence: 1 });
    const add = async (what: keyof typeof sums, workflowId: string) => {
      sums[what] += countActions(await client.workflow.getHandle(workflowId).fetchHistory());
    };
    await add('period', billingWorkflowId(workspace, month));
    await add('collecting', collectWorkflowId(invoice, 0));
    await add('e-mail', emailWorkflowId(invoiceIssuedKey(invoice), 0));
  }
  const told = Object.entries(sums).map(([what, sum]) => `${what} ${(sum / of).toFixed(1)}`);
  const all = Object.values(sums).reduce((sum, each) => sum + each, 0) / of;
  // Opening the next month on the way is a timer and an activity, which were done before here.
  console.log(`Temporal actions of a month: ${(all + 2).toFixed(1)} (${told.join(', ')}, opening the next month 2)`);
}
