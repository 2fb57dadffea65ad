// A refund as a workflow: a Temporal server that skips time, a real Postgres, and the emulator of Stripe.
import { receivePayment } from '../../commands/receive-payment';
import { refundInvoice } from '../../commands/refund-invoice';
import { lockWorkspaceRow } from '../../db/locks';
import { readRefundParts } from '../../db/payments/refunds';
import { defaultRetries } from '../../domain/dunning/retries';
import { refundWorkflowId } from '../../domain/ids';
import { cents } from '../../domain/money';
import { dayMs, hourMs, minuteMs, monthEndMs, monthOf, monthStartMs, nextMonth } from '../../domain/period';
import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';
import { at, putPrices, serving } from '../harness/workspace';
import { openEmulator, type StripeInTest } from '../stripe/emulator';
import { chargeOffSession, customerWith } from '../stripe/paying';

let billing: Billing;
let emulator: StripeInTest;
const workspace = 'acme';

beforeAll(async () => {
  emulator = await openEmulator();
  const { url: apiUrl, secretKey } = emulator;
  const payments = { apiUrl, secretKey, webhookSecrets: [], callsPerSecond: 100, retries: defaultRetries };
  billing = await startBilling(undefined, { payments, publicUrl: 'https://billing.example.com' });
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});
afterAll(async () => {
  await billing?.stop();
  await emulator?.close();
});

/** An invoice of 60 cents, paid by a card. */
async function paidInvoice(): Promise<string> {
  const month = nextMonth(monthOf(await billing.clock()));
  await billing.advanceTo(monthStartMs(month));
  await billing.createWorkspace({ id: workspace, startsAtMs: monthStartMs(month) });
  const fromMs = monthStartMs(month) + dayMs;
  const reports = [serving({ workspace, fromMs, toMs: fromMs + hourMs })];
  await billing.report({ source: workspace, reports, completeThroughMs: monthEndMs(month) });
  await billing.advanceTo(monthEndMs(month) + 15 * minuteMs);
  const { invoiceId } = (await billing.handleOf({ workspace, month }).result()) as { invoiceId: string };
  const { stripe } = emulator;
  const intent = await chargeOffSession(stripe, await customerWith(stripe, 'pm_card_visa'), 60);
  const nowMs = await billing.clock();
  await billing.db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    await receivePayment(trx, {
      ...{
        workspace,
        payment: intent.id,
        invoice: invoiceId,
        source: 'stripe',
        pays: [invoiceId],
        actor: 'stripe',
        nowMs,
      },
      ...{ amountCents: cents(60n), feeCents: cents(32n), charge: null, reference: null },
      ...{ methodType: 'card', methodLabel: 'Visa ending 4242', method: null },
    });
  });
  return invoiceId;
}

test('a refund is sent by a workflow under its own key, in two actions and one more for each time that it is tried again', async () => {
  const invoice = await paidInvoice();
  await emulator.throwSwitch('faults', { on: 'POST /v1/refunds', kind: 'error_after', times: 1 });
  const nowMs = await billing.clock();
  await billing.db.transaction((trx) =>
    refundInvoice(trx, {
      refunding: { workspace, invoice, key: 'r1', reason: 'sorry', amountCents: cents(25n) },
      author: { actor: 'test', nowMs },
      settings: { isCharging: true, isMailing: false },
    }),
  );
  await billing.settled();
  const handle = billing.client.workflow.getHandle(refundWorkflowId({ workspace, key: 'r1' }));
  expect(await handle.result()).toEqual({ parts: 1, state: 'succeeded' });
  const { data } = await emulator.stripe.refunds.list();
  expect(data.map(({ amount }) => amount)).toEqual([25]);
  expect(await readRefundParts(billing.db, { workspace, key: 'r1' })).toMatchObject([{ refund: data[0]?.id }]);
  expect(countActions(await handle.fetchHistory())).toBe(3);
  await keepHistory('refund-sent', handle);
});
