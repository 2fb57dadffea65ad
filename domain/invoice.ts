// A bill written down for the customer and the ledger: lines whose cents add up, and one balanced posting.
import { type Bill, totalBy } from './bill';
import { invoiceEntries, type LedgerEntry } from './ledger';
import { assertMoney, type Cents, formatUsdGrouped, type Nanos, nanos, shareCents, sumNanos } from './money';
import { type Month, monthName } from './period';
import type { ProgramKind } from './terms';

export type InvoiceStatus = 'issued' | 'paid' | 'past_due' | 'uncollectible' | 'void';

/** What became of an issued invoice: what remains = total - credited - written off - (paid - returned - refunded). */
export type InvoiceBalance = {
  readonly creditedCents: Cents;
  readonly writtenOffCents: Cents;
  readonly paidCents: Cents;
  readonly returnedCents: Cents;
  readonly refundedCents: Cents;
  readonly remainingCents: Cents;
  /** Credited after it was paid, and not on its way back yet. */
  readonly toRefundCents: Cents;
};

/** Minutes of one model, version, instance type and price in one month. */
export type UsageLine = {
  readonly month: Month;
  readonly late: boolean;
  readonly model: string;
  readonly version: string;
  readonly instanceType: string;
  readonly priceNanos: Nanos;
  readonly replicaMinutes: number;
  readonly listNanos: Nanos;
};

export type InvoiceLineKind = 'usage' | 'volume_discount' | 'program_discount' | 'credit';

/** A line as it stands on the invoice; discounts and credits are negative. `month` is that of the usage. */
export type DocumentLine<Kind extends string> = {
  readonly position: number;
  readonly kind: Kind;
  readonly description: string;
  readonly month: Month;
  readonly model?: string;
  readonly version?: string;
  readonly instanceType?: string;
  readonly replicaMinutes?: number;
  readonly priceNanos?: Nanos;
  readonly exactNanos: Nanos;
  readonly amountCents: Cents;
};

export type InvoiceLine = DocumentLine<InvoiceLineKind>;

export type ComposedInvoice = { readonly lines: readonly InvoiceLine[]; readonly entries: readonly LedgerEntry[] };

type Draft = Omit<InvoiceLine, 'position' | 'amountCents'>;

/** How an invoice begins: one without anything to pay is paid. */
export function initialStatus(remainingCents: Cents): InvoiceStatus {
  return remainingCents === 0n ? 'paid' : 'issued';
}

/**
 * Composes the lines (usage, then discounts, then credits) and the ledger posting of an invoice. The lines' cents are
 * shared out by largest remainder. Throws `internal` where the usage lines and the bill, which come from two statements
 * over the same rows, do not agree to the nano-dollar.
 */
export function composeInvoice(facts: {
  readonly workspace: string;
  readonly month: Month;
  readonly bill: Bill;
  readonly usageLines: readonly UsageLine[];
}): ComposedInvoice {
  const { workspace, month, bill, usageLines } = facts;
  const about = `${workspace} ${month}`;
  for (const { listNanos, priceNanos, replicaMinutes } of usageLines) {
    assertMoney(listNanos === priceNanos * BigInt(replicaMinutes), `${about}: a line is its minutes times its price`);
  }
  const listed = sumNanos(usageLines.map((line) => line.listNanos));
  assertMoney(listed === bill.listNanos, `${about}: usage lines of ${listed} are the bill's list of ${bill.listNanos}`);

  const drafts = [
    ...[...usageLines].sort(byReading).map(usageDraft),
    ...volumeDrafts(month, bill),
    ...programDrafts(month, bill),
    ...creditDrafts(month, bill),
  ];
  const exact = drafts.map((draft) => draft.exactNanos);
  assertMoney(sumNanos(exact) === bill.amountDueNanos, `${about}: the lines add up to the amount due`);
  const shares = shareCents(exact, bill.totalCents);
  const lines = drafts.map((draft, at) => ({ position: at + 1, ...draft, amountCents: shares[at] ?? bill.totalCents }));
  return { lines, entries: invoiceEntries(bill) };
}

function byReading(one: UsageLine, other: UsageLine): number {
  return (
    compare(one.month, other.month) ||
    compare(one.model, other.model) ||
    compare(one.version, other.version) ||
    compare(one.instanceType, other.instanceType) ||
    compare(one.priceNanos, other.priceNanos)
  );
}

function compare<Key extends string | bigint>(one: Key, other: Key): number {
  return one < other ? -1 : Number(one > other);
}

function usageDraft({ late, listNanos, ...line }: UsageLine): Draft {
  const description = `${line.model} ${line.version} on ${line.instanceType}`;
  return {
    kind: 'usage',
    description: late ? `${description} (${monthName(line.month)}, reported late)` : description,
    ...line,
    exactNanos: listNanos,
  };
}

// One line a tier, program and grant over the whole invoice, its late parts too; by month they stand in the bill.
function volumeDrafts(month: Month, { volume }: Bill): Draft[] {
  return totalBy(volume, ({ fromNanos, upToNanos, basisPoints }) => `${fromNanos} ${upToNanos} ${basisPoints}`).map(
    (tier) => ({
      kind: 'volume_discount',
      description: `Volume discount ${percent(tier.basisPoints)}${rangeOf(tier)}`,
      month,
      exactNanos: nanos(-tier.amountNanos),
    }),
  );
}

const programNames: { readonly [kind in ProgramKind]: string } = { education: 'Education', nonprofit: 'Non-profit' };

function programDrafts(month: Month, { program }: Bill): Draft[] {
  return totalBy(program, ({ kind, basisPoints }) => `${kind} ${basisPoints}`).map((each) => ({
    kind: 'program_discount',
    description: `${programNames[each.kind]} discount ${percent(each.basisPoints)}`,
    month,
    exactNanos: nanos(-each.amountNanos),
  }));
}

function creditDrafts(month: Month, { draws }: Bill): Draft[] {
  return totalBy(draws, (draw) => draw.grantKey).map(({ grantKey, amountNanos }) => ({
    kind: 'credit',
    description: `Credits: ${grantKey}`,
    month,
    exactNanos: nanos(-amountNanos),
  }));
}

function percent(basisPoints: number): string {
  return `${basisPoints / 100} %`;
}

function rangeOf({ fromNanos, upToNanos }: { readonly fromNanos: Nanos; readonly upToNanos: Nanos | null }): string {
  if (upToNanos === null) return fromNanos === 0n ? '' : ` above ${formatUsdGrouped(fromNanos)} USD`;
  return ` on ${formatUsdGrouped(fromNanos)} to ${formatUsdGrouped(upToNanos)} USD`;
}
