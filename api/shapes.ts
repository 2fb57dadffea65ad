// Domain values as they leave: amounts as decimal strings, instants as RFC 3339.

import type { Amounts, Bill, BillPart } from '../contract/bill';
import type { Address as AddressAnswer, Billing as BillingAnswer, Buyer as BuyerAnswer } from '../contract/billing';
import type { Grant } from '../contract/credits';
import type { Price } from '../contract/prices';
import type { Terms } from '../contract/terms';
import type { Workspace } from '../contract/workspaces';
import type { Workspace as StoredWorkspace } from '../db/accounts/workspaces';
import type { StoredGrant } from '../db/billing/grants';
import type { BillAmounts, Bill as ComputedBill } from '../domain/bill';
import type { DocumentLine } from '../domain/invoice';
import { type Cents, formatCents, formatUsd, formatUsdShort } from '../domain/money';
import type { Address, Billing, Buyer } from '../domain/parties';
import { formatInstant, hourStartMs } from '../domain/period';
import type { PriceEntry } from '../domain/pricing';
import type { TermsPoint } from '../domain/terms';

export function instantOfHour(hour: number): string {
  return formatInstant(hourStartMs(hour));
}

/** An instant, or null where there is none to tell. */
export function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

export function workspaceShape(workspace: StoredWorkspace): Workspace {
  return {
    id: workspace.id,
    name: workspace.name,
    billingEmail: workspace.billingEmail,
    billing: billingShape(workspace.billing),
    startsAt: formatInstant(workspace.startsAtMs),
    createdAt: formatInstant(workspace.createdAtMs),
  };
}

function billingShape({ name, emails, ...details }: Billing): BillingAnswer {
  return {
    ...(name === null ? {} : { name }),
    ...detailsShape(details),
    ...(emails.length === 0 ? {} : { emails }),
  };
}

export function buyerShape({ name, emails, ...details }: Buyer): BuyerAnswer {
  return { name, ...detailsShape(details), emails };
}

function detailsShape({ address, taxId, purchaseOrder }: Pick<Billing, 'address' | 'taxId' | 'purchaseOrder'>) {
  return {
    ...(address === null ? {} : { address: addressShape(address) }),
    ...(taxId === null ? {} : { taxId }),
    ...(purchaseOrder === null ? {} : { purchaseOrder }),
  };
}

// Postgres keeps the fields of JSON in an order of its own.
function addressShape({ line1, line2, city, region, postalCode, country }: Address): AddressAnswer {
  return {
    line1,
    ...(line2 === null ? {} : { line2 }),
    city,
    ...(region === null ? {} : { region }),
    postalCode,
    country,
  };
}

export function priceShape(price: PriceEntry & { readonly untilHour: number | null }): Price {
  const { instanceType, workspace, priceNanos, fromHour, untilHour } = price;
  return {
    instanceType,
    usdPerMinute: priceNanos === null ? null : formatUsdShort(priceNanos),
    effectiveFrom: instantOfHour(fromHour),
    ...(untilHour === null ? {} : { effectiveUntil: instantOfHour(untilHour) }),
    ...(workspace === undefined ? {} : { workspace }),
  };
}

/** A change point as it was put; with the next one, also until when it holds. */
export function termsShape({ fromHour, terms }: TermsPoint, next?: TermsPoint): Terms {
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

export function grantShape(grant: StoredGrant): Grant {
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

export function amountsShape(amounts: BillAmounts): Amounts {
  return {
    listAmount: formatUsd(amounts.listNanos),
    volumeDiscount: formatUsd(amounts.volumeDiscountNanos),
    programDiscount: formatUsd(amounts.programDiscountNanos),
    creditsApplied: formatUsd(amounts.creditsAppliedNanos),
    amountDue: formatUsd(amounts.amountDueNanos),
  };
}

export function billShape(bill: BillAmounts & { readonly totalCents: Cents }): Bill {
  return { ...amountsShape(bill), total: formatCents(bill.totalCents) };
}

export function partShape(part: ComputedBill['parts'][number]): BillPart {
  return { period: part.month, late: part.late, ...amountsShape(part) };
}

/** A line of an invoice or of a credit note. */
export function lineShape<Kind extends string>(line: DocumentLine<Kind>) {
  const { model, version, instanceType, replicaMinutes, priceNanos } = line;
  return {
    kind: line.kind,
    description: line.description,
    period: line.month,
    ...(model === undefined ? {} : { model }),
    ...(version === undefined ? {} : { version }),
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(replicaMinutes === undefined ? {} : { replicaMinutes }),
    ...(priceNanos === undefined ? {} : { usdPerMinute: formatUsdShort(priceNanos) }),
    amount: formatCents(line.amountCents),
  };
}
