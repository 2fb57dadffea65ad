import fc from 'fast-check';
import { type AwaitedThing, type Decision, decideCollecting, type Now } from '../../../domain/collecting/decide';
import type { Attempt, AttemptState, Method, Standing } from '../../../domain/collecting/standing';
import type { Decline } from '../../../domain/dunning/decline';
import { defaultRetries } from '../../../domain/dunning/retries';
import { cents } from '../../../domain/money';
import { dayMs, hourMs, minuteMs } from '../../../domain/period';

const issuedAtMs = Date.UTC(2026, 1, 1);

const visa: Method = {
  id: 'pm_1',
  type: 'card',
  fingerprint: 'card-1',
  label: 'Visa ending 4242',
  updatedAtMs: issuedAtMs - 30 * dayMs,
  isBarred: false,
  attemptsMs: [],
  sending: 0,
};

const unpaid: Standing = {
  workspace: 'acme',
  invoice: 'inv:acme:2026-01:usage:1',
  number: 1,
  month: '2026-01',
  status: 'issued',
  collection: 'charge',
  issuedAtMs,
  dueAtMs: issuedAtMs,
  totalCents: cents(1_000n),
  remainingCents: cents(1_000n),
  owed: [{ id: 'inv:acme:2026-01:usage:1', remainingCents: cents(1_000n) }],
  attempts: [],
  method: visa,
  customer: 'cus_1',
  isDisputed: false,
  lostMethods: [],
  lastPayment: null,
  mailed: [],
};

const declineOf = (declineCode: string, more: Partial<Decline> = {}): Decline => ({
  methodType: 'card',
  brand: 'visa',
  code: 'card_declined',
  declineCode,
  adviceCode: null,
  networkDeclineCode: null,
  networkAdviceCode: null,
  returnCode: null,
  ...more,
});

function attempt(number: number, state: AttemptState, more: Partial<Attempt> = {}): Attempt {
  const madeAtMs = issuedAtMs + number * minuteMs;
  const isOver = !['open', 'sending', 'processing'].includes(state);
  return {
    number,
    kind: 'charge',
    state,
    amountCents: cents(1_000n),
    method: 'pm_1',
    fingerprint: 'card-1',
    madeAtMs,
    sentAtMs: madeAtMs,
    settledAtMs: isOver ? madeAtMs : null,
    decline: state === 'declined' ? declineOf('insufficient_funds') : null,
    session: null,
    paymentIntent: `pi_${number}`,
    returned: null,
    ...more,
  };
}

const now: Now = {
  ...{ nowMs: issuedAtMs + 10 * minuteMs, retries: defaultRetries, isCharging: true },
  asked: new Set(),
  lookedFor: new Set(),
};
const decide = (standing: Partial<Standing>, at: Partial<Now> = {}): Decision =>
  decideCollecting({ ...unpaid, ...standing }, { ...now, ...at });

const waiting = (what: AwaitedThing, untilMs: number | null = null, isPastDue = false): Decision => ({
  kind: 'wait',
  for: what,
  untilMs,
  isPastDue,
});
const charging = { kind: 'charge', cents: 1_000n, method: visa };

test.each<[string, Partial<Standing>, object]>([
  ['with a method it is charged', {}, charging],
  ['paid', { remainingCents: cents(0n), status: 'paid' }, { kind: 'end', as: 'paid' }],
  ['void', { remainingCents: cents(0n), status: 'void' }, { kind: 'end', as: 'void' }],
  ['written off', { status: 'uncollectible' }, { kind: 'end', as: 'uncollectible' }],
  ['no method yet', { method: null }, waiting('method', issuedAtMs + hourMs)],
  ['disputed', { isDisputed: true }, waiting('dispute')],
  ['a barred card', { method: { ...visa, isBarred: true } }, waiting('new_method', null, true)],
  ['a card by which its money was lost', { lostMethods: ['pm_1'] }, waiting('new_method', null, true)],
  ['forty-nine cents', { remainingCents: cents(49n), owed: [] }, waiting('more')],
  [
    'one cent, and forty-nine of an older one',
    { remainingCents: cents(1n), owed: [{ id: 'older', remainingCents: cents(49n) }] },
    { kind: 'charge', cents: 50n, method: visa },
  ],
])('%s', (_what, standing, expected) => {
  expect(decide(standing)).toEqual(expected);
});

describe('an attempt whose outcome is not known goes before everything', () => {
  const sending = attempt(1, 'sending');
  const processing = attempt(1, 'processing');
  const open = attempt(1, 'open', { kind: 'checkout', method: null, session: 'cs_1' });

  test.each<[string, Partial<Standing>]>([
    ['while it is owed', {}],
    ['though it is paid otherwise', { remainingCents: cents(0n), status: 'paid' }],
    ['though it is disputed', { isDisputed: true }],
    ['though there is no method any more', { method: null }],
    ['with terms by invoice', { collection: 'invoice' }],
  ])('it is looked up, %s', (_when, standing) => {
    const asked = new Set([1]);
    expect(decide({ ...standing, attempts: [sending] })).toEqual({ kind: 'look_up', attempt: sending });
    expect(decide({ ...standing, attempts: [sending] }, { asked })).toEqual({ kind: 'look_up', attempt: sending });
  });

  test('one that is processing is read once, and then waited for', () => {
    expect(decide({ attempts: [processing] })).toEqual({ kind: 'read', attempt: processing });
    const untilMs = processing.madeAtMs + 5 * dayMs;
    expect(decide({ attempts: [processing] }, { asked: new Set([1]) })).toEqual(waiting('processing', untilMs));
    const nowMs = issuedAtMs + 20 * dayMs;
    const later = decide({ attempts: [processing] }, { asked: new Set([1]), nowMs });
    expect(later).toEqual(waiting('processing', nowMs + dayMs));
  });

  test('an open page is closed before a charge and at the end, and left alone otherwise', () => {
    expect(decide({ attempts: [open] })).toEqual({ kind: 'expire', attempt: open });
    const isPaid = { remainingCents: cents(0n), status: 'paid' } as const;
    expect(decide({ attempts: [open], ...isPaid })).toEqual({ kind: 'expire', attempt: open });
    expect(decide({ attempts: [open], ...isPaid }, { asked: new Set([1]) })).toEqual({ kind: 'end', as: 'paid' });
    expect(decide({ attempts: [open], method: null })).toEqual(waiting('method', issuedAtMs + hourMs));
    expect(decide({ attempts: [open], collection: 'invoice', dueAtMs: issuedAtMs + 30 * dayMs })).toMatchObject({
      for: 'payer',
    });
    expect(decide({ attempts: [open] }, { asked: new Set([1]) })).toMatchObject({ for: 'payer' });
  });
});

describe('after a decline', () => {
  const declined = (declineCode: string, more: Partial<Decline> = {}) =>
    attempt(1, 'declined', { decline: declineOf(declineCode, more) });
  const firstMs = issuedAtMs + minuteMs;

  test.each<[string, Attempt, Decision]>([
    ['for want of funds', declined('insufficient_funds'), waiting('retry', firstMs + 24 * hourMs)],
    ['as the issuer is away', declined('issuer_not_available'), waiting('retry', firstMs + hourMs)],
    ['of a stolen card', declined('stolen_card'), waiting('new_method', null, true)],
    ['of an expired card', declined('expired_card'), waiting('method_updated', null, true)],
    ['with wrong data', declined('incorrect_cvc'), waiting('method_updated', null, true)],
    [
      'to be authenticated',
      attempt(1, 'needs_customer', { decline: declineOf('authentication_required') }),
      waiting('authentication', null, true),
    ],
    [
      'with a time of the issuer',
      declined('generic_decline', { brand: 'mastercard', networkAdviceCode: '25' }),
      waiting('retry', firstMs + dayMs),
    ],
    ['with a code that nobody knows', declined('a_new_code'), waiting('retry', firstMs + 24 * hourMs)],
  ])('%s', (_why, last, expected) => {
    expect(decide({ attempts: [last] })).toEqual(expected);
  });

  test('as a duplicate, its payment is looked for at each look, and the calendar goes on where there is none', () => {
    const duplicate = declined('duplicate_transaction');
    const attempts = [attempt(1, 'never_arrived'), { ...duplicate, number: 2 }];
    const lookFor = { kind: 'look_for_paid', attempt: attempts[1], sinceMs: attempts[0]?.madeAtMs };
    expect(decide({ attempts })).toEqual(lookFor);
    expect(decide({ attempts }, { asked: new Set([1, 2]), nowMs: firstMs + 24 * hourMs })).toEqual(lookFor);
    const looked = { lookedFor: new Set([2]) };
    expect(decide({ attempts }, looked)).toMatchObject({ kind: 'wait', for: 'retry' });
    expect(decide({ attempts: [duplicate, attempt(2, 'declined')] })).toMatchObject({ kind: 'wait' });
    expect(decide({ attempts, remainingCents: cents(0n), status: 'paid' })).toEqual({ kind: 'end', as: 'paid' });
  });

  test('a method that came or was updated since is charged at once', () => {
    const updated = { ...visa, updatedAtMs: firstMs + minuteMs };
    const other = { ...visa, id: 'pm_2', fingerprint: 'card-2', updatedAtMs: firstMs + minuteMs };
    for (const method of [updated, other]) {
      expect(decide({ attempts: [declined('expired_card')], method })).toEqual({ ...charging, method });
    }
  });

  test('what Stripe refuses is tried again a day later, or with another method', () => {
    const refused = attempt(1, 'refused');
    expect(decide({ attempts: [refused] })).toEqual(waiting('operator', firstMs + dayMs));
    expect(decide({ attempts: [refused] }, { nowMs: firstMs + dayMs })).toEqual(charging);
    const method = { ...visa, id: 'pm_2', updatedAtMs: firstMs + 1 };
    expect(decide({ attempts: [refused], method })).toEqual({ ...charging, method });
  });

  test('a card that other invoices have worn out waits until its budget has room', () => {
    const attemptsMs = Array.from({ length: 8 }, (_, at) => issuedAtMs - (10 - at) * dayMs);
    const method = { ...visa, attemptsMs };
    const untilMs = issuedAtMs + 20 * dayMs + 1;
    expect(decide({ method })).toEqual(waiting('card_budget', untilMs, true));
    expect(decide({ method }, { nowMs: untilMs })).toEqual({ ...charging, method });
  });

  test('a card pays as many invoices at once as come, until it has been declined', () => {
    const method = { ...visa, sending: 100 };
    expect(decide({ method })).toEqual({ ...charging, method });
    const declined = { ...visa, attemptsMs: [issuedAtMs - dayMs] };
    expect(decide({ method: { ...declined, sending: 6 } })).toMatchObject({ kind: 'charge' });
    expect(decide({ method: { ...declined, sending: 7 } })).toEqual(waiting('retry', now.nowMs + minuteMs));
  });

  test('what never arrived, or a page that ran out, is no decline', () => {
    const attempts = [attempt(1, 'never_arrived'), attempt(2, 'expired', { kind: 'checkout', method: null })];
    expect(decide({ attempts })).toEqual(charging);
  });
});

test('terms by invoice are past due when they are, and looked at when somebody is to be reminded', () => {
  const dueAtMs = issuedAtMs + 30 * dayMs;
  const at = (nowMs: number) => decide({ collection: 'invoice', dueAtMs }, { nowMs, isCharging: false });
  expect(at(issuedAtMs)).toEqual(waiting('payer', dueAtMs - 3 * dayMs));
  expect(at(dueAtMs - dayMs)).toEqual(waiting('payer', dueAtMs));
  expect(at(dueAtMs)).toEqual(waiting('payer', dueAtMs + 7 * dayMs, true));
  expect(at(dueAtMs + 20 * dayMs)).toEqual(waiting('payer', null, true));
  const atOnce = decide({ collection: 'invoice', dueAtMs: issuedAtMs });
  expect(atOnce).toEqual(waiting('payer', issuedAtMs + hourMs));
});

const states: readonly AttemptState[] = [
  'paid',
  'declined',
  'needs_customer',
  'refused',
  'expired',
  'never_arrived',
  'canceled',
];
const codes = ['insufficient_funds', 'stolen_card', 'expired_card', 'do_not_honor', 'processing_error', 'nobody_knows'];

test('whatever was tried before, nothing is charged while something is in flight, nor more often than the budgets allow', () => {
  const attemptsOf = fc.array(
    fc.record({ state: fc.constantFrom(...states), code: fc.constantFrom(...codes), gapMs: fc.nat(3 * dayMs) }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      attemptsOf,
      fc.nat(60 * dayMs),
      fc.constantFrom('none', 'sending', 'processing', 'open'),
      (past, afterMs, last) => {
        let madeAtMs = issuedAtMs;
        const attempts = past.map(({ state, code, gapMs }, at) => {
          madeAtMs += gapMs;
          const decline = state === 'declined' || state === 'needs_customer' ? declineOf(code) : null;
          return attempt(at + 1, state, { madeAtMs, settledAtMs: madeAtMs, decline });
        });
        const inFlight = last === 'none' ? [] : [attempt(attempts.length + 1, last as AttemptState, { madeAtMs })];
        const tried = attempts.filter(({ decline }) => decline !== null);
        const nowMs = madeAtMs + afterMs;
        const attemptsMs = tried.map((each) => each.madeAtMs).filter((ms) => ms > nowMs - 30 * dayMs);
        const method = { ...visa, attemptsMs };
        const decision = decide({ attempts: [...attempts, ...inFlight], method }, { nowMs });
        if (last !== 'none') expect(decision.kind).not.toBe('charge');
        if (decision.kind === 'charge') {
          expect(attemptsMs.length).toBeLessThan(8);
          expect(attempts.at(-1)?.decline?.declineCode).not.toBe('stolen_card');
        }
        if (decision.kind === 'wait' && decision.untilMs !== null) expect(decision.untilMs).toBeGreaterThan(nowMs);
      },
    ),
  );
});
