// Collecting an invoice: decide and write the attempt, call, write what came of it and decide again, each in a transaction of
// its own, until it is paid or has to wait. Whoever dies on the way leaves an attempt whose outcome is looked up first.

import type { Trx } from '../db/connection/knex';
import { lockWorkspaceRow } from '../db/locks';
import { type AttemptKey, addCharge, type ChargeBody } from '../db/payments/attempts';
import { noteCollecting, noteTrouble } from '../db/payments/collectings';
import { readStanding, readWorkspaceOf } from '../db/payments/standing';
import { type Decision, decideCollecting, type End, type Now, type Wait } from '../domain/collecting/decide';
import type { Method, Standing } from '../domain/collecting/standing';
import { MinutebookError } from '../domain/errors';
import { invoiceNumber } from '../domain/ids';
import type { Cents } from '../domain/money';
import type { Collected } from '../domain/outcomes';
import { formatInstant } from '../domain/period';
import { askAbout, type Call, type Told } from './ask-about-attempt';
import type { Connections } from './connections';
import { recordIntentOutcome } from './record-outcome';
import { writeCollectingMail, writeUntoldMail } from './write-collecting-mail';

type Collecting = Pick<Connections, 'db' | 'clock' | 'settings' | 'payments'>;

type Step = { readonly kind: 'answer'; readonly answer: Collected } | { readonly kind: 'call'; readonly call: Call };

/**
 * Collects as far as it goes now. Several at once for one invoice are one: each attempt has one row, one key and one body.
 * Throws `unavailable` where an outcome stays unknown: nothing new is tried before it is known, so try again later.
 */
export async function collectPayment(collecting: Collecting, { invoice }: { invoice: string }): Promise<Collected> {
  const { db, clock } = collecting;
  const workspace = await readWorkspaceOf(db, invoice);
  if (workspace === undefined) {
    throw new MinutebookError({ code: 'not_found', detail: `there is no invoice ${invoice} to collect` });
  }
  const asked = new Set<number>();
  const lookedFor = new Set<number>();
  const look = async (told?: Told & { readonly of: AttemptKey }): Promise<Step> => {
    const nowMs = await clock();
    return db.transaction(async (trx) => {
      await lockWorkspaceRow(trx, workspace);
      if (told !== undefined) {
        const { of, ...what } = told;
        await recordIntentOutcome(trx, of, { ...what, nowMs, isCollecting: true });
      }
      return nextStep(trx, collecting, { invoice, nowMs, asked, lookedFor });
    });
  };
  let step = await look();
  while (step.kind === 'call') {
    const { call } = step;
    (call.kind === 'look_for_paid' ? lookedFor : asked).add(call.of.number);
    const told = await tellingTrouble(collecting, { workspace, invoice }, () => ask(collecting, call));
    step = await look({ of: call.of, ...told });
  }
  return step.answer;
}

async function ask({ db, clock, payments }: Collecting, call: Call): Promise<Told> {
  if (payments === undefined) {
    const detail = 'this worker has no STRIPE_SECRET_KEY, and an attempt is to be followed up at Stripe: set it';
    throw new MinutebookError({ code: 'unavailable', detail });
  }
  const told = await askAbout({ db, payments }, call, await clock());
  // What is unknown right after it was sent is looked up at once; after that, later.
  const isLost = told.outcome.kind === 'unknown' && call.kind !== 'charge';
  if (!isLost && told.outcome.kind !== 'rate_limited') return told;
  const why = 'why' in told.outcome ? told.outcome.why : '';
  const detail = `what became of attempt ${call.of.number} is not known (${why}); it is looked up again, and nothing else is tried before`;
  throw new MinutebookError({ code: 'unavailable', detail });
}

// Kept for operators, who would else find it only in Temporal; and the customer's invoice does not wait for Stripe for ever.
async function tellingTrouble<T>(
  { db, clock, settings }: Collecting,
  of: { readonly workspace: string; readonly invoice: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const trouble = error instanceof MinutebookError ? `${error.code}: ${error.message}` : 'internal: see the log';
    const nowMs = await clock();
    await db.transaction(async (trx) => {
      await lockWorkspaceRow(trx, of.workspace);
      await noteTrouble(trx, { ...of, trouble, nowMs });
      if (settings.isMailing) await writeUntoldMail(trx, { ...of, settings, nowMs });
    });
    throw error;
  }
}

type Looking = { readonly invoice: string; readonly nowMs: number } & Pick<Now, 'asked' | 'lookedFor'>;

async function nextStep(trx: Trx, { settings, payments }: Collecting, looking: Looking): Promise<Step> {
  const { invoice, nowMs, asked, lookedFor } = looking;
  const standing = await readStanding(trx, { invoice, nowMs });
  if (standing === undefined) throw new Error(`collecting: invoice ${invoice} is gone`);
  const { retries } = settings;
  const isCharging = settings.isCharging && payments !== undefined;
  const decision = decideCollecting(standing, { nowMs, retries, asked, lookedFor, isCharging });
  switch (decision.kind) {
    case 'end':
    case 'wait':
      await conclude(trx, { standing, decision, settings, nowMs });
      return { kind: 'answer', answer: answerOf(decision) };
    case 'charge':
      return { kind: 'call', call: await writeCharge(trx, standing, { ...decision, nowMs }) };
    case 'look_up':
    case 'look_for_paid':
    case 'read':
    case 'expire':
      return { kind: 'call', call: { ...decision, of: keyOf(standing, decision.attempt.number) } };
    default:
      return decision satisfies never;
  }
}

async function conclude(
  trx: Trx,
  of: {
    readonly standing: Standing;
    readonly decision: End | Wait;
    readonly settings: Connections['settings'];
    readonly nowMs: number;
  },
): Promise<void> {
  const { standing, decision, settings, nowMs } = of;
  const { workspace, invoice } = standing;
  await noteCollecting(trx, { workspace, invoice, decision, nowMs });
  if (settings.isMailing) await writeCollectingMail(trx, { standing, after: decision, settings, nowMs });
}

function answerOf(decision: Extract<Decision, { kind: 'end' | 'wait' }>): Collected {
  if (decision.kind === 'end') return { kind: decision.as };
  const { untilMs, isPastDue } = decision;
  const until = untilMs === null ? {} : { until: formatInstant(untilMs) };
  return { kind: 'waiting', for: decision.for, isPastDue, ...until };
}

async function writeCharge(
  trx: Trx,
  standing: Standing,
  { cents, method, nowMs }: { readonly cents: Cents; readonly method: Method; readonly nowMs: number },
): Promise<Call> {
  const { workspace, invoice, customer, attempts, owed } = standing;
  if (customer === null) throw new Error(`collecting: ${workspace} has a payment method and no customer at Stripe`);
  const number = (attempts.at(-1)?.number ?? 0) + 1;
  const body: ChargeBody = {
    workspace,
    invoice,
    attempt: String(number),
    customer,
    paymentMethod: { id: method.id, type: method.type },
    amountCents: String(cents),
    description: `Invoice ${invoiceNumber(standing)}`,
    idempotencyKey: `charge/${invoice}/${number}`,
    usage: 'recurring',
    pays: owed.map(({ id }) => id),
  };
  await addCharge(trx, { body, number, fingerprint: method.fingerprint, nowMs });
  return { kind: 'charge', of: keyOf(standing, number), body };
}

function keyOf({ workspace, invoice }: Standing, number: number): AttemptKey {
  return { workspace, invoice, number };
}
