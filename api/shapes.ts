// Domain values as they leave: amounts as decimal strings, instants as RFC 3339.

import type { StoredPrice } from '../db/accounts/prices';
import type { Workspace } from '../db/accounts/workspaces';
import type { StoredGrant } from '../db/billing/grants';
import type { Bill, BillAmounts } from '../domain/bill';
import { type Cents, formatCents, formatUsd, formatUsdShort } from '../domain/money';
import { formatInstant, hourStartMs } from '../domain/period';
import type { PriceEntry } from '../domain/pricing';
import type { TermsPoint } from '../domain/terms';

export function instantOfHour(hour: number): string {
  return formatInstant(hourStartMs(hour));
}

export function workspaceShape(workspace: Workspace) {
  return {
    id: workspace.id,
    name: workspace.name,
    billingEmail: workspace.billingEmail,
    startsAt: formatInstant(workspace.startsAtMs),
    createdAt: formatInstant(workspace.createdAtMs),
  };
}

export function priceShape({
  instanceType,
  workspace,
  priceNanos,
  fromHour,
  untilHour,
}: PriceEntry & Pick<StoredPrice, 'untilHour'>) {
  return {
    instanceType,
    usdPerMinute: priceNanos === null ? null : formatUsdShort(priceNanos),
    effectiveFrom: instantOfHour(fromHour),
    ...(untilHour === null ? {} : { effectiveUntil: instantOfHour(untilHour) }),
    ...(workspace === undefined ? {} : { workspace }),
  };
}

/** A change point as it was put; with the next one, also until when it holds. */
export function termsShape({ fromHour, terms }: TermsPoint, next?: TermsPoint) {
  return {
    effectiveFrom: instantOfHour(fromHour),
    ...(next === undefined ? {} : { effectiveUntil: instantOfHour(next.fromHour) }),
    plan: terms.plan,
    volumeTiers: terms.volumeTiers.map(({ upToNanos, basisPoints }) => ({
      upTo: upToNanos === null ? null : formatUsdShort(upToNanos),
      percent: basisPoints / 100,
    })),
    programDiscount: terms.programDiscount && {
      kind: terms.programDiscount.kind,
      percent: terms.programDiscount.basisPoints / 100,
    },
    billablePhases: terms.billablePhases,
    collection: terms.collection,
    netDays: terms.netDays,
  };
}

export function grantShape(grant: StoredGrant) {
  return {
    key: grant.key,
    kind: grant.kind,
    amount: formatUsd(grant.amountNanos),
    remaining: formatUsd(grant.remainingNanos),
    validFrom: formatInstant(grant.validFromMs),
    validUntil: grant.validUntilMs === null ? null : formatInstant(grant.validUntilMs),
    priority: grant.priority,
    createdAt: formatInstant(grant.createdAtMs),
    ...(grant.endedAtMs === null ? {} : { endedAt: formatInstant(grant.endedAtMs) }),
  };
}

export function amountsShape(amounts: BillAmounts) {
  return {
    listAmount: formatUsd(amounts.listNanos),
    volumeDiscount: formatUsd(amounts.volumeDiscountNanos),
    programDiscount: formatUsd(amounts.programDiscountNanos),
    creditsApplied: formatUsd(amounts.creditsAppliedNanos),
    amountDue: formatUsd(amounts.amountDueNanos),
  };
}

export function billShape(bill: BillAmounts & { readonly totalCents: Cents }) {
  return { ...amountsShape(bill), total: formatCents(bill.totalCents) };
}

export function partShape(part: Bill['parts'][number]) {
  return { period: part.month, late: part.late, ...amountsShape(part) };
}
