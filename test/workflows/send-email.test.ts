// The sending of an e-mail as a workflow: a month's end sends one, for two Temporal actions, and a server that is away for
// hours is waited for.

import { emailWorkflowId, invoiceId, invoiceIssuedKey } from '../../domain/ids';
import { dayMs, hourMs, minuteMs, monthEndMs, monthOf, monthStartMs, nextMonth } from '../../domain/period';
import type { sendEmail } from '../../workflows/send-email';
import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';
import { until } from '../harness/until';
import { at, putPrices, serving } from '../harness/workspace';
import { startInbox, type TestInbox } from '../sandbox/mail/inbox';

let billing: Billing;
let inbox: TestInbox;

beforeAll(async () => {
  inbox = await startInbox();
  billing = await startBilling(undefined, {
    mail: { smtpUrl: inbox.smtpUrl, from: { address: 'billing@example.com' }, attachmentBytesMax: 2_000_000 },
    mailPerSecond: 1000,
    seller: { name: 'Example, Inc.', addressLines: [], taxIds: [] },
  });
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});
afterAll(async () => {
  await billing?.stop();
  await inbox?.stop();
});

/** Bills a month of a new workspace; answers the handle of its e-mail's workflow. */
async function billMonth(workspace: string) {
  const month = nextMonth(monthOf(await billing.clock()));
  const startMs = monthStartMs(month);
  await billing.advanceTo(startMs);
  await billing.createWorkspace({ id: workspace, startsAtMs: startMs });
  const reports = [serving({ workspace, fromMs: startMs + dayMs, toMs: startMs + dayMs + hourMs })];
  await billing.report({ source: workspace, reports, completeThroughMs: monthEndMs(month) });
  await billing.advanceTo(monthEndMs(month) + 30 * minuteMs);
  await billing.untilStatus({ workspace, month }, 'invoiced');
  await billing.settled();
  const key = invoiceIssuedKey(invoiceId({ workspace, month, kind: 'usage', sequence: 1 }));
  return billing.client.workflow.getHandle<typeof sendEmail>(emailWorkflowId(key, 0));
}

test("a month's end sends one e-mail, for two Temporal actions", async () => {
  const handle = await billMonth('ordinary');
  expect(await handle.result()).toEqual({ sent: 1, failed: 0 });
  expect((await inbox.messages()).map(({ rcptTo }) => rcptTo)).toEqual([['billing@ordinary.example']]);
  expect(countActions(await handle.fetchHistory())).toBe(2);
  expect(await billing.db('emails').where({ workspace_id: 'ordinary' })).toHaveLength(1);
  await keepHistory('email-sent', handle);
});

test('a server that is busy for hours is asked ever more seldom, and in the end has the mail', async () => {
  await inbox.clear();
  await inbox.fault({ answer: 451, times: 6 });
  const handle = await billMonth('deferred');
  const attempts = async () =>
    (await billing.db('email_addresses').where({ workspace_id: 'deferred' }).first('attempts'))?.attempts;
  await until('it was tried', async () => (await attempts()) >= 1);
  await billing.advanceTo((await billing.clock()) + 3 * hourMs);
  expect(await handle.result()).toEqual({ sent: 1, failed: 0 });
  expect(await attempts()).toBe(7);
  expect(await inbox.messages()).toHaveLength(1);
  await keepHistory('email-deferred', handle);
});
