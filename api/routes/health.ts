// Whether this process lives, whether it can work, and whether metering gets on. Temporal is not asked: nothing here needs it.
import type { FastifyInstance } from 'fastify';
import type { MailHealth } from '../../contract/emails';
import type { GuardHealth } from '../../contract/guard-health';
import type { MeteringHealth } from '../../contract/metering';
import type { Answer } from '../../contract/operations';
import type { PaymentsHealth } from '../../contract/payments';
import type { StripeEventsHealth } from '../../contract/stripe-events';
import { schemaFault } from '../../db/connection/readiness';
import { readGuardFigures } from '../../db/guard/health';
import { readWaiting } from '../../db/mail/reading';
import { readHealth, type StepHealth } from '../../db/metering/health';
import { eventFigures } from '../../db/payments/events';
import { readCollectingFigures, readTroubleCode } from '../../db/payments/health';
import { readRefundFigures } from '../../db/payments/refund-health';
import { MinutebookError } from '../../domain/errors';
import { formatInstant, hourMs } from '../../domain/period';
import type { Api } from '../api';
import { describe } from '../openapi';

const withinMs = 2_000;

const liveSchema = describe({
  id: 'live',
  tag: 'Health',
  summary: 'Whether the process lives',
  isOpen: true,
});

const readySchema = describe({
  id: 'ready',
  tag: 'Health',
  summary: 'Whether the API can work: Postgres answers, with the right schema',
  isOpen: true,
});

const meteringSchema = describe({
  id: 'meteringHealth',
  tag: 'Health',
  summary: 'Whether metering gets on; the API is well either way',
  isOpen: true,
});

const guardSchema = describe({
  id: 'guardHealth',
  tag: 'Health',
  summary: 'Whether guards look after the credits of workspaces, and whether the platform does what it is told',
  isOpen: true,
});

const mailSchema = describe({
  id: 'mailHealth',
  tag: 'Health',
  summary: 'Whether e-mail gets through: what has been waiting for longer than an hour, and for whom',
  isOpen: true,
});

const stripeEventsSchema = describe({
  id: 'stripeEventsHealth',
  tag: 'Health',
  summary: 'Whether what happens at Stripe reaches us; the API is well either way',
  isOpen: true,
});

const paymentsSchema = describe({
  id: 'paymentsHealth',
  tag: 'Health',
  summary: 'Whether invoices are collected: attempts that take too long, what Stripe refused, codes that nobody knows',
  isOpen: true,
});

export function healthRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/health/live',
    { config: { access: 'open', rateLimit: 'none' }, schema: liveSchema },
    async (): Promise<Answer<'live'>> => ({ status: 'live' }),
  );

  app.get(
    '/health/ready',
    { config: { access: 'open', rateLimit: 'none' }, schema: readySchema },
    async (): Promise<Answer<'ready'>> => {
      const fault = await Promise.race([schemaFault(api.db), timeUp()]);
      if (fault === undefined) return { status: 'ready', payments: await Promise.race([paymentsWord(api), timeUp()]) };
      throw new MinutebookError({ code: 'unavailable', detail: fault });
    },
  );

  app.get(
    '/health/metering',
    { config: { access: 'open', rateLimit: 'none' }, schema: meteringSchema },
    (): Promise<Answer<'meteringHealth'>> => Promise.race([readMetering(api), timeUp()]),
  );

  app.get(
    '/health/payments',
    { config: { access: 'open', rateLimit: 'none' }, schema: paymentsSchema },
    (): Promise<Answer<'paymentsHealth'>> => Promise.race([readPayments(api), timeUp()]),
  );

  app.get(
    '/health/guard',
    { config: { access: 'open', rateLimit: 'none' }, schema: guardSchema },
    (): Promise<Answer<'guardHealth'>> => Promise.race([readGuard(api), timeUp()]),
  );

  app.get(
    '/health/mail',
    { config: { access: 'open', rateLimit: 'none' }, schema: mailSchema },
    (): Promise<Answer<'mailHealth'>> => Promise.race([readMail(api), timeUp()]),
  );

  app.get(
    '/health/stripe-events',
    { config: { access: 'open', rateLimit: 'none' }, schema: stripeEventsSchema },
    (): Promise<Answer<'stripeEventsHealth'>> => Promise.race([readStripeEvents(api), timeUp()]),
  );
}

// The API works without Stripe: what keeps it from charging is said, and does not take it out of service.
async function paymentsWord({ db, settings }: Api): Promise<Answer<'ready'>['payments']> {
  const code = await readTroubleCode(db);
  if (code === undefined) return settings.isCharging ? 'ok' : 'off';
  return code === 'payments_misconfigured' ? 'misconfigured' : 'failing';
}

// A round may find a backlog: several of them, and two minutes at the least.
const lateAfterRounds = 5;
const lateAfterMsMin = 120_000;

async function readMetering({ db, clock, settings }: Api): Promise<MeteringHealth> {
  const lateAfterMs = Math.max(lateAfterRounds * settings.meteringEveryMs, lateAfterMsMin);
  const nowMs = await clock();
  const { steps, setAside } = await readHealth(db);
  const shown = steps.map((step) => stepShape(step, { nowMs, lateAfterMs }));
  const statuses = new Set(shown.map(({ status }) => status));
  const status = statuses.has('failing') ? 'failing' : statuses.has('late') ? 'late' : 'ok';
  return { status, setAside, steps: shown };
}

function stepShape(
  health: StepHealth,
  { nowMs, lateAfterMs }: { nowMs: number; lateAfterMs: number },
): MeteringHealth['steps'][number] {
  const { step, succeededAtMs, failingSinceMs, failingShards } = health;
  const isLate = succeededAtMs === null || nowMs - succeededAtMs > lateAfterMs;
  return {
    step,
    status: failingSinceMs !== null ? 'failing' : isLate ? 'late' : 'ok',
    lastSucceededAt: succeededAtMs === null ? null : formatInstant(succeededAtMs),
    failingShards,
    ...(failingSinceMs === null ? {} : { failingSince: formatInstant(failingSinceMs) }),
  };
}

// Of a failure only the code: its words may hold what is not for everybody, and here no key is asked for.
async function readPayments({ db, clock, settings }: Api): Promise<PaymentsHealth> {
  const nowMs = await clock();
  const { lastTrouble, troubled, ...figures } = await readCollectingFigures(db, { nowMs });
  const { openDisputes, ...refunds } = await readRefundFigures(db, { nowMs });
  const isOddRefund = refunds.late + refunds.failed + refunds.stray > 0;
  const isLate = Object.values(figures.late).some((count) => count > 0);
  const isOdd = isLate || isOddRefund || figures.refused > 0 || figures.unknownCodes.length > 0;
  const otherwise = settings.isCharging ? 'ok' : 'off';
  return {
    status: troubled > 0 ? 'failing' : isOdd ? 'attention' : otherwise,
    ...figures,
    refunds,
    openDisputes,
    failing: troubled,
    ...(lastTrouble === null ? {} : { lastFailure: { code: lastTrouble.code, at: formatInstant(lastTrouble.atMs) } }),
  };
}

async function readGuard({ db, clock }: Api): Promise<GuardHealth> {
  const { disobeyed, unconfirmedSinceMs, ...figures } = await readGuardFigures(db, { nowMs: await clock() });
  const isDisobeyed = disobeyed > 0 || figures.unlisted > 0;
  return {
    status: isDisobeyed ? 'disobeyed' : figures.unheard + figures.late > 0 ? 'late' : 'ok',
    ...figures,
    unconfirmed: disobeyed,
    ...(unconfirmedSinceMs === null ? {} : { unconfirmedSince: formatInstant(unconfirmedSinceMs) }),
  };
}

// Of what the mail server said only the code: its words hold addresses, and here no key is asked for.
async function readMail({ db, clock, settings }: Api): Promise<MailHealth> {
  const waiting = await readWaiting(db, { beforeMs: (await clock()) - hourMs });
  const isFailing = waiting.some(({ waits_for }) => waits_for !== 'recipient');
  const otherwise = settings.isMailing ? 'ok' : 'off';
  return {
    status: isFailing ? 'failing' : waiting.length > 0 ? 'waiting' : otherwise,
    waiting: waiting.map(({ waits_for, addresses, since, code }) => ({
      for: waits_for,
      addresses,
      since: formatInstant(since),
      ...(code === null ? {} : { code }),
    })),
  };
}

// An event is applied within seconds, and events are listed every quarter of an hour.
const appliedWithinSeconds = 600;
const listedWithinSeconds = 3600;

async function readStripeEvents({ db, clock, settings }: Api): Promise<StripeEventsHealth> {
  const nowMs = await clock();
  const { waiting, waitingAge, foreign, cursorAge } = await eventFigures(db, { nowMs });
  const isLate = cursorAge === null || cursorAge > listedWithinSeconds;
  const isWaiting = waitingAge > appliedWithinSeconds;
  return {
    status: !settings.isCharging ? 'off' : isLate ? 'late' : isWaiting ? 'waiting' : 'ok',
    waiting,
    ...(waiting === 0 ? {} : { waitingSince: formatInstant(nowMs - Math.round(waitingAge * 1000)) }),
    foreign,
    ...(cursorAge === null ? {} : { listedThrough: formatInstant(nowMs - Math.round(cursorAge * 1000)) }),
  };
}

function timeUp(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => {
      const detail = `Postgres did not answer within ${withinMs / 1000} s`;
      reject(new MinutebookError({ code: 'unavailable', detail }));
    }, withinMs).unref();
  });
}
