// The e-mails that a judgement, or a refused deployment, owes the customer: written in the transaction of what they tell.

import type { Db, Trx } from '../db/connection/knex';
import { type MailingFacts, readMailingFacts } from '../db/guard/mailing';
import type { RefusedDeploy } from '../db/guard/refused-deploys';
import { readSuspension } from '../db/guard/suspensions';
import { emailExists, writeEmail } from '../db/mail/emails';
import type { Refusal } from '../domain/guard/gate';
import type { Notice, NoticeFacts } from '../domain/guard/notices';
import { guardEmailKey } from '../domain/ids';
import { type GuardFacts, namedMax } from '../domain/mail/guard-email';
import { formatInstant } from '../domain/period';
import type { Settings } from './connections';
import { makePaymentLink } from './make-payment-link';

type Writing = { readonly settings: Settings; readonly nowMs: number };

/** Writes what a judgement has to tell, once; whoever calls holds the workspace's row. */
export async function writeGuardMail(trx: Trx, writing: Writing & { readonly facts: NoticeFacts }): Promise<void> {
  const { facts, settings, nowMs } = writing;
  const { workspace, notice, occasion } = facts;
  const key = guardEmailKey({ what: whatOf(notice), workspace, occasion });
  if (!settings.isMailing || (await emailExists(trx, { workspace, key }))) return;
  const known = await readMailingFacts(trx, { workspace, nowMs });
  const said = { ...judgedFacts(facts, { known, nowMs }), ...(await noticeFacts(trx, facts)) };
  const links = await linksOf(trx, { ...writing, workspace, known, wanted: wantedLink(notice, known) });
  await writeEmail(trx, { key, workspace, kind: notice.kind, about: workspace, facts: { ...said, ...links }, nowMs });
}

type OnDay = { readonly workspace: string; readonly nowMs: number };

function refusedDeployKey({ workspace, nowMs }: OnDay): string {
  return guardEmailKey({ what: 'deploy-refused', workspace, occasion: formatInstant(nowMs).slice(0, 10) });
}

/** Whether the customer has been told of a refused deployment on this day (UTC). */
export function isRefusedDeployTold(db: Db, of: OnDay): Promise<boolean> {
  return emailExists(db, { workspace: of.workspace, key: refusedDeployKey(of) });
}

/** Tells of a deployment that was refused, once a day (UTC); whoever calls holds the workspace's row. */
export async function writeRefusedDeployMail(
  trx: Trx,
  writing: Writing & {
    readonly deploy: RefusedDeploy;
    readonly refusal: { readonly reason: Refusal; readonly message: string };
  },
): Promise<void> {
  const { deploy, refusal, settings, nowMs } = writing;
  const { workspace, model, version } = deploy;
  const key = refusedDeployKey({ workspace, nowMs });
  if (!settings.isMailing || (await emailExists(trx, { workspace, key }))) return;
  const known = await readMailingFacts(trx, { workspace, nowMs });
  const wanted = refusal.reason === 'past_due' ? 'pay' : refusal.reason === 'suspended' ? undefined : 'method';
  const facts: GuardFacts = {
    at: formatInstant(nowMs),
    collection: known.collection,
    hasMethod: known.hasMethod,
    modelCount: 0,
    models: [],
    message: refusal.message,
    deploy: { model, ...(version === null ? {} : { version }), reason: refusal.reason },
    ...(await linksOf(trx, { ...writing, workspace, known, wanted })),
  };
  await writeEmail(trx, { key, workspace, kind: 'deploy_refused', about: workspace, facts, nowMs });
}

function whatOf(notice: Notice): string {
  switch (notice.kind) {
    case 'credits_used':
      return `credits-${notice.percent}`;
    case 'credits_short':
      return 'credits-short';
    // One that first refused deployments and then stopped models is told of twice.
    case 'suspended':
      return `suspended-${notice.scope}`;
    case 'restored':
      return 'restored';
    default:
      return notice satisfies never;
  }
}

function judgedFacts(
  facts: NoticeFacts,
  { known, nowMs }: { readonly known: MailingFacts; readonly nowMs: number },
): GuardFacts {
  const { grantedNanos, remainingNanos, burnNanosPerHour, zeroAtMs, hasMethod, models } = facts;
  return {
    at: formatInstant(nowMs),
    collection: known.collection,
    hasMethod,
    grantedNanos: String(grantedNanos),
    remainingNanos: String(remainingNanos),
    burnNanosPerHour: String(burnNanosPerHour),
    ...(zeroAtMs === null ? {} : { zeroAt: formatInstant(zeroAtMs) }),
    modelCount: models.length,
    models: models.slice(0, namedMax),
    owedCents: String(known.pastDueCents),
  };
}

async function noticeFacts(trx: Trx, { workspace, notice, occasion }: NoticeFacts): Promise<Partial<GuardFacts>> {
  switch (notice.kind) {
    case 'credits_used':
      return { percent: notice.percent };
    case 'credits_short':
      return {};
    case 'restored':
      return { because: notice.because };
    case 'suspended': {
      const { reason, scope } = notice;
      if (reason !== 'operator') return { reason, scope };
      const suspension = await readSuspension(trx, { workspace, number: occasion });
      return { reason, scope, message: suspension?.message ?? '' };
    }
    default:
      return notice satisfies never;
  }
}

// The one thing that helps. Whoever has a method on file, or is invoiced, need do nothing.
function wantedLink(notice: Notice, { hasMethod, collection }: MailingFacts): 'pay' | 'method' | undefined {
  if (notice.kind === 'restored') return undefined;
  if (notice.kind === 'suspended' && notice.reason !== 'credits')
    return notice.reason === 'past_due' ? 'pay' : undefined;
  return hasMethod || collection === 'invoice' ? undefined : 'method';
}

// Where nothing can be charged a link would lead nowhere.
async function linksOf(
  trx: Trx,
  of: Writing & {
    readonly workspace: string;
    readonly known: MailingFacts;
    readonly wanted: 'pay' | 'method' | undefined;
  },
): Promise<Pick<GuardFacts, 'payUrl' | 'methodUrl'>> {
  const { workspace, known, wanted, settings, nowMs } = of;
  if (wanted === undefined || !settings.isCharging || settings.publicUrl === null) return {};
  if (wanted === 'method')
    return { methodUrl: await makePaymentLink(trx, { workspace, task: 'method', nowMs }, settings) };
  const { pastDueInvoice: invoice } = known;
  if (invoice === null) return {};
  return { payUrl: await makePaymentLink(trx, { workspace, task: 'pay', invoice, nowMs }, settings) };
}
