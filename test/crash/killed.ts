// Months that end and are paid under a worker that is killed at given steps: what it needs, and what must hold afterwards.

import { randomBytes } from 'node:crypto';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { storedOf } from '../../commands/settle-setup';
import { UsageAppender } from '../../db/intake/reports';
import { lockWorkspaceRow } from '../../db/locks';
import { storeCustomer } from '../../db/payments/customers';
import { addMethod } from '../../db/payments/methods';
import { billingWorkflowId, collectWorkflowId, invoiceId } from '../../domain/ids';
import { monthEndMs, monthOf, monthStartMs, previousMonth } from '../../domain/period';
import { paymentsGateway } from '../../gateways/payments/stripe-payments';
import { testSeller } from '../harness/config';
import { createTestDatabase } from '../harness/database';
import { testServers } from '../harness/environment';
import { createWorkspace, report, serving } from '../harness/workspace';
import { openEmulator } from '../stripe/emulator';
import { type Halt, type HaltingWorker, type Plan, startHaltingWorker } from './halting-worker';

/** Over, with its deadline, on whatever day it is. */
const month = previousMonth(previousMonth(monthOf(Date.now())));
const cents = 1234;
// PENDING_ACTIVITY_STATE_STARTED: a worker has it. One that is between two attempts has nobody to speak for.
const started = 2;
const activities = ['finalizeInvoice', 'collect'] as const;

export type Killing = Awaited<ReturnType<typeof startKilling>>;

export async function startKilling() {
  const [database, emulator] = await Promise.all([createTestDatabase({ poolMax: 20 }), openEmulator()]);
  const { db } = database;
  const { temporalAddress } = testServers();
  const namespace = `crash-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const client = new Client({ connection, namespace });
  const payments = paymentsGateway({
    secretKey: emulator.secretKey,
    apiUrl: emulator.url,
    callsPerSecond: 100,
    timeoutMs: 3000,
  });
  const appender = new UsageAppender();
  await db.raw(`insert into instance_types (id) values ('T4x1')`);
  await db.raw(`insert into prices (instance_type, price_nanos, valid) values ('T4x1', ?, '[2020-01-01T00:00Z,)')`, [
    String(BigInt(cents) * 10_000_000n),
  ]);
  const env = {
    DATABASE_URL: database.url,
    // Each that is held up holds a connection.
    DATABASE_POOL_MAX: '50',
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    ...testSeller,
    FREE_CREDITS_USD: '0',
    CLOSE_SPREAD_MINUTES: '0',
    LOG_LEVEL: 'error',
    STRIPE_SECRET_KEY: emulator.secretKey,
    STRIPE_API_URL: emulator.url,
    STRIPE_WEBHOOK_SECRET: 'whsec_of_nobody_who_calls_here',
    STRIPE_RATE: '100',
    PUBLIC_URL: 'https://billing.example',
    SMTP_URL: '',
  };

  const add = async (id: string): Promise<void> => {
    const [nowMs, startsAtMs] = [Date.now(), monthStartMs(month)];
    const { id: customer } = await emulator.stripe.customers.create({ name: id });
    const attached = await emulator.stripe.paymentMethods.attach('pm_card_visa', { customer });
    const method = storedOf((await payments.readPaymentMethod(attached.id)) ?? fail('the method is there'));
    if (method === undefined) throw new Error('pm_card_visa is no method of ours');
    await createWorkspace(db, { id, startsAtMs, nowMs, closeSpreadMs: 0 });
    await storeCustomer(db, { workspace: id, customer, nowMs });
    await db.transaction(async (trx) => {
      await lockWorkspaceRow(trx, id);
      await addMethod(trx, { workspace: id, method, state: 'active', addedAtMs: nowMs, nowMs });
    });
    const reports = [serving({ workspace: id, fromMs: startsAtMs, toMs: startsAtMs + 60_000 })];
    await report(db, appender, { source: id, reports, completeThroughMs: monthEndMs(month), nowMs });
  };

  /** Workspaces that share no lock of metering: one a shard. */
  const addApart = async (name: string, count: number): Promise<readonly string[]> => {
    const taken = new Map<number, string>();
    for (let nth = 0; taken.size < count; nth++) {
      const id = `${name}-${nth}`;
      const { rows } = await db.raw('select (hashtextextended(?, 0) & 15)::int as shard', [id]);
      if (!taken.has(rows[0].shard)) taken.set(rows[0].shard, id);
    }
    for (const id of taken.values()) await add(id);
    return [...taken.values()];
  };

  const invoiceOf = (workspace: string) => invoiceId({ workspace, month, kind: 'usage', sequence: 1 });
  const workflowOf = (workspace: string, activity: string) =>
    activity === 'finalizeInvoice' ? billingWorkflowId(workspace, month) : collectWorkflowId(invoiceOf(workspace), 0);

  return {
    db,
    emulator,
    add,
    addApart,
    invoiceOf,
    worker: (halts: ReadonlyMap<string, Halt> = new Map()): Promise<HaltingWorker> => {
      const plan: Plan = new Map([...halts].map(([workspace, halt]) => [workflowOf(workspace, halt.activity), halt]));
      return startHaltingWorker(env, plan);
    },
    workflowOf,
    /**
     * Says of activities whose worker was killed that they failed, as Temporal does once their heartbeat is overdue: two
     * minutes that a test need not wait.
     */
    endHeartbeats: async (workspaces: readonly string[]): Promise<void> => {
      for (const workspace of workspaces) {
        for (const activity of activities) await endHeartbeat(client, workflowOf(workspace, activity));
      }
    },
    /** What keeps those that are not collected, for whoever reads a failure. */
    whatIsLeft: async (workspaces: readonly string[]): Promise<string> => {
      const left: string[] = [];
      for (const workspace of workspaces) {
        const done = await db('collectings')
          .where({ invoice_id: invoiceOf(workspace) })
          .whereNotNull('ended_at')
          .first();
        if (done !== undefined) continue;
        const handle = client.workflow.getHandle(workflowOf(workspace, 'finalizeInvoice'));
        const { raw, status } = await handle.describe();
        const pending = (raw.pendingActivities ?? []).map(({ activityType, attempt, state, lastFailure }) => {
          return `${activityType?.name} ${attempt} ${state} ${lastFailure?.message}`;
        });
        left.push(`${workspace}: ${status.name}, ${pending.join('; ') || 'nothing pending'}`);
      }
      return left.join('\n');
    },
    isCollected: async (workspaces: readonly string[]): Promise<boolean> => {
      const ids = workspaces.map(invoiceOf);
      const paid = await db('collectings').whereIn('invoice_id', ids).whereNotNull('ended_at');
      return paid.length === ids.length;
    },
    /** What Stripe took of each workspace, in cents. */
    charged: async (workspace: string): Promise<readonly number[]> => {
      const { customer } = await db('payment_customers').where({ workspace_id: workspace }).first();
      const { data } = await emulator.stripe.paymentIntents.list({ customer, limit: 100 });
      return data.filter(({ status }) => status === 'succeeded').map(({ amount_received }) => amount_received);
    },
    cents,
    month,
    stop: async () => {
      payments.close();
      await emulator.close();
      await connection.close();
      await database.drop();
    },
  };
}

async function endHeartbeat(client: Client, workflowId: string): Promise<void> {
  const description = await client.workflow.getHandle(workflowId).describe().catch(nothingIfMissing);
  const runId = description?.raw.workflowExecutionInfo?.execution?.runId ?? '';
  for (const { activityId, state } of description?.raw.pendingActivities ?? []) {
    if (state !== started) continue;
    await client.activity.fail({ workflowId, runId, activityId: activityId ?? '' }, new Error('the worker was killed'));
  }
}

// Not started yet.
function nothingIfMissing(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

function fail(what: string): never {
  throw new Error(`expected that ${what}`);
}
