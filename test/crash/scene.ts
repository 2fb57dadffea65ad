// Everything that workers which are killed need, and that outlives them: Postgres, Temporal, Stripe, an inbox.

import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { billingWorkflowId, collectWorkflowId, emailWorkflowId, invoiceIssuedKey } from '../../domain/ids';
import { paymentsGateway } from '../../gateways/payments/stripe-payments';
import { testSeller } from '../harness/config';
import { createTestDatabase } from '../harness/database';
import { testServers } from '../harness/environment';
import { startInbox } from '../sandbox/mail/inbox';
import { openEmulator } from '../stripe/emulator';
import { type Halt, type HaltingWorker, startHaltingWorker } from './halting-worker';
import { namesByShard } from './names';
import { addPrice, connectionsOf, invoiceOf, month } from './workspaces';

export type Scene = Awaited<ReturnType<typeof openScene>>;

export async function openScene() {
  const [database, emulator, inbox] = await Promise.all([createTestDatabase(), openEmulator(), startInbox()]);
  const { temporalAddress } = testServers();
  const namespace = `crash-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const { secretKey, url: apiUrl } = emulator;
  const payments = paymentsGateway({ secretKey, apiUrl, callsPerSecond: 100, timeoutMs: 3000 });
  await addPrice(database.db);
  const names = await namesByShard(database.db);
  const env = {
    ...testSeller,
    DATABASE_URL: database.urlAs('worker'),
    // Each that is held up holds a connection.
    DATABASE_POOL_MAX: '90',
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    FREE_CREDITS_USD: '0',
    CLOSE_SPREAD_MINUTES: '0',
    // Issuing an invoice meters what is waiting: always, and not only where it comes before the schedule.
    METERING_EVERY_SECONDS: '3600',
    LOG_LEVEL: 'error',
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_API_URL: apiUrl,
    STRIPE_WEBHOOK_SECRET: 'whsec_of_nobody_who_calls_here',
    STRIPE_RATE: '100',
    PUBLIC_URL: 'https://billing.example.com',
    SMTP_URL: inbox.smtpUrl,
    MAIL_FROM: 'billing@example.com',
    MAIL_PER_SECOND: '1000',
  };
  const workers = new Set<HaltingWorker>();
  return {
    connections: connectionsOf(database.db, payments),
    emulator,
    inbox,
    names,
    client: new Client({ connection, namespace }),
    worker: async (plan?: ReadonlyMap<string, Halt>): Promise<HaltingWorker> => {
      const worker = await startHaltingWorker(env, plan);
      workers.add(worker);
      return worker;
    },
    stop: async () => {
      for (const worker of workers) await worker.kill();
      payments.close();
      await connection.close();
      await Promise.all([emulator.close(), inbox.stop(), database.drop()]);
    },
  };
}

/** The workflow in which an activity works for a workspace. */
export function workflowOf(workspace: string, activity: string): string {
  switch (activity) {
    case 'finalizeInvoice':
      return billingWorkflowId(workspace, month);
    case 'collect':
      return collectWorkflowId(invoiceOf(workspace), 0);
    case 'deliverEmail':
      return emailWorkflowId(invoiceIssuedKey(invoiceOf(workspace)), 0);
    default:
      throw new Error(`nobody knows in which workflow ${activity} works`);
  }
}

/** Of a workspace, all that may be killed. */
export const workflowsOf = (workspace: string): readonly string[] =>
  ['finalizeInvoice', 'collect', 'deliverEmail'].map((activity) => workflowOf(workspace, activity));
