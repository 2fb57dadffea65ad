// Every fault at every call to Stripe that collecting makes: the calls are taken from runs without a fault, in each of the
// situations that collecting knows.

import { payByCheckout } from '../../commands/pay-by-checkout';
import { sendEmail } from '../../commands/send-email';
import { dayMs, minuteMs } from '../../domain/period';
import { pdfRenderer } from '../../gateways/pdf/render';
import { createMailOut } from '../../runtime/mail';
import type { FaultKind } from '../../sandbox/stripe/faults';
import { type Collecting, startCollecting } from '../commands/collecting';
import { startInbox } from '../sandbox/mail/inbox';
import { fillCheckout } from '../stripe/fill-checkout';
import { type Mails, mailsByAddress } from './mails';

export const faultKinds = [
  'timeout_after',
  'error_after',
  'reset_before',
  'reset_after',
  'rate_limited',
] as const satisfies readonly FaultKind[];

const amount = 3_300n;
type Situation = (c: Collecting, workspace: string, invoice: string) => Promise<void>;

export const situations: Readonly<Record<string, Situation>> = {
  'a card on file': async (c, workspace) => void (await c.addMethod(workspace, 'pm_card_visa')),
  'a worker died before its charge was sent': (c, workspace, invoice) =>
    dying(c, { workspace, invoice, isSent: false }),
  'a worker died after its charge was made': (c, workspace, invoice) => dying(c, { workspace, invoice, isSent: true }),
  'a bank debit': async (c, workspace) => void (await c.addMethod(workspace, 'pm_usBankAccount_success')),
  'a page to pay stands open': async (c, workspace, invoice) => {
    await openPage(c, workspace, invoice);
    await c.addMethod(workspace, 'pm_card_visa');
  },
  'the customer has just paid on the page': async (c, workspace, invoice) => {
    await fillCheckout(await openPage(c, workspace, invoice), { number: '5555555555554444' });
    await c.addMethod(workspace, 'pm_card_visa');
  },
};

async function dying(
  c: Collecting,
  { workspace, invoice, isSent }: { readonly workspace: string; readonly invoice: string; readonly isSent: boolean },
): Promise<void> {
  await c.addMethod(workspace, 'pm_card_visa');
  const charge: typeof c.payments.charge = async (request) => {
    if (isSent) await c.payments.charge(request);
    throw new Error('killed');
  };
  await c.collect(invoice, { payments: { ...c.payments, charge } }).catch(() => undefined);
}

async function openPage(c: Collecting, workspace: string, invoice: string): Promise<string> {
  const cancelUrl = 'https://billing.example.com/back';
  const page = await payByCheckout(c.connections, { workspace, invoice, cancelUrl });
  if (page.kind !== 'page') throw new Error(`expected a page, came ${page.kind}`);
  return page.url;
}

export type FaultyCall = { readonly situation: string; readonly call: string };
/** What became of a fault: `tries` of collecting until it was paid. */
export type Faulty = FaultyCall & {
  readonly kind: FaultKind;
  readonly workspace: string;
  readonly tries: number;
  readonly charged: readonly number[];
  readonly allocated: bigint;
  readonly status: string;
  /** Mails that there are about it. */
  readonly written: number;
};

export type FaultScene = Awaited<ReturnType<typeof openFaultScene>>;

export async function openFaultScene() {
  const [c, inbox] = await Promise.all([startCollecting(), startInbox()]);
  let nth = 0;
  const begin = async (situation: string) => {
    const workspace = await c.addWorkspace(`faulty-${++nth}`);
    const invoice = await c.issue(workspace, amount);
    await situations[situation]?.(c, workspace, invoice);
    return { workspace, invoice };
  };
  return {
    db: c.db,
    /** The calls of each situation, from runs without a fault. */
    calls: async (): Promise<readonly FaultyCall[]> => {
      const found: FaultyCall[] = [];
      for (const situation of Object.keys(situations)) {
        const { invoice } = await begin(situation);
        const before = await callsOf(c);
        await untilPaid(c, invoice);
        const after = await callsOf(c);
        const made = Object.keys(after).filter((call) => (after[call] ?? 0) > (before[call] ?? 0));
        found.push(...made.map((call) => ({ situation, call })));
      }
      return found;
    },
    show: async (of: FaultyCall & { readonly kind: FaultKind }): Promise<Faulty> => {
      const { workspace, invoice } = await begin(of.situation);
      // The package sends a closed connection once more of its own accord.
      const times = of.kind.startsWith('reset') ? 2 : 1;
      await c.emulator.throwSwitch('faults', { on: of.call, kind: of.kind, times });
      const tries = await untilPaid(c, invoice);
      const { items } = await c.emulator.read('faults');
      if (JSON.stringify(items) !== '[]') throw new Error(`${of.situation}: nobody came to ${JSON.stringify(items)}`);
      await sendAll(c, { workspace, invoice, smtpUrl: inbox.smtpUrl });
      const allocated = await c
        .db('payment_allocations')
        .where({ invoice_id: invoice })
        .sum({ sum: 'amount_cents' })
        .first();
      return {
        ...of,
        workspace,
        tries,
        charged: await c.charged(workspace),
        allocated: BigInt(allocated?.['sum'] ?? 0),
        status: (await c.invoice(invoice)).status,
        written: (await c.mails(invoice)).length,
      };
    },
    /** By workspace, the Message-IDs that came to its address, with how often. */
    received: () => mailsByAddress(inbox),
    stop: () => Promise.all([c.stop(), inbox.stop()]),
  };
}

/** Charged once, allocated to the cent, and each mail received once. */
export function isRight({ charged, allocated, status, written }: Faulty, received: Mails = {}): boolean {
  const counts = Object.values(received);
  const isMailed = written > 0 && counts.length === written && counts.every((count) => count === 1);
  return charged.join() === String(amount) && allocated === amount && status === 'paid' && isMailed;
}

async function callsOf({ emulator }: Collecting): Promise<Readonly<Record<string, number>>> {
  const { byOperation } = await emulator.read('calls');
  return byOperation as Record<string, number>;
}

const triesMax = 20;

/** As Temporal would: soon again where it failed, later where it has to wait. */
async function untilPaid(c: Collecting, invoice: string): Promise<number> {
  for (let tries = 1; tries <= triesMax; tries++) {
    const collected = await c.collect(invoice).catch(() => undefined);
    if (collected?.kind === 'paid') return tries;
    await c.advance(collected === undefined ? minuteMs : dayMs);
  }
  throw new Error(`${invoice} is not paid after ${triesMax} tries`);
}

async function sendAll(
  c: Collecting,
  { workspace, invoice, smtpUrl }: { readonly workspace: string; readonly invoice: string; readonly smtpUrl: string },
): Promise<void> {
  const from = { address: 'billing@example.com' };
  const { seller } = c.connections.settings;
  const publicUrl = c.connections.settings.publicUrl ?? undefined;
  const settings = { mail: { smtpUrl, from, attachmentBytesMax: 1_000_000 }, seller, publicUrl };
  const webhooks = { allowed: [], alertsTo: undefined };
  const mail = createMailOut({ ...settings, webhooks }, () => pdfRenderer({}));
  if (mail === undefined) throw new Error('there is an inbox');
  const emails = await c.db('emails').where({ about: invoice }).orderBy('position').pluck('key');
  for (const email of emails) await sendEmail({ ...c.connections, mail }, { workspace, email, round: 0 });
  mail.mailer.close();
}
