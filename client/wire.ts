// What goes over the wire, as the HTTP API has it: amounts are decimal strings, times RFC 3339 in UTC, periods `YYYY-MM`.

/** What a replica is doing. */
export type Phase = 'deploying' | 'scaling_up' | 'serving' | 'scaling_down' | 'idle';

/** One replica was in one phase from one instant to another (half-open, at most 31 days). */
export type UsageReport = {
  readonly workspace: string;
  readonly model: string;
  readonly version: string;
  readonly replica: string;
  readonly instanceType: string;
  readonly phase: Phase;
  readonly from: string;
  readonly to: string;
};

export type UsageBatch = {
  /** Who reports: each source says for itself up to when it has reported everything. */
  readonly source: string;
  readonly completeThrough?: string;
  readonly reports: readonly UsageReport[];
};

/** Reports in quarantine lack a workspace or a price; they count by themselves once it is there. */
export type UsageReceipt = { readonly accepted: number; readonly quarantined: number };

export type Price = {
  readonly instanceType: string;
  readonly usdPerMinute: string;
  readonly effectiveFrom: string;
  /** A contract price of this workspace alone. */
  readonly workspace?: string;
};

export type WorkspaceEntry = { readonly name: string; readonly billingEmail: string; readonly startsAt?: string };
export type Workspace = WorkspaceEntry & { readonly id: string; readonly startsAt: string };

/** Shares of a period's list amount, ascending; `upTo` counts from zero and is null in the last. */
export type VolumeTier = { readonly upTo: string | null; readonly percent: number };

export type Terms = {
  readonly effectiveFrom: string;
  readonly plan: string;
  readonly volumeTiers?: readonly VolumeTier[];
  readonly programDiscount?: { readonly kind: 'education' | 'nonprofit'; readonly percent: number };
  readonly billablePhases?: readonly Phase[];
  readonly collection?: 'charge' | 'invoice';
  readonly netDays?: number;
};

export type GrantKind = 'free' | 'promotional' | 'purchased' | 'goodwill' | 'adjustment';

export type Grant = {
  readonly key: string;
  readonly amount: string;
  readonly kind: GrantKind;
  readonly validFrom: string;
  readonly validUntil?: string;
  readonly priority?: number;
};

/** Exact to nine decimals, all positive; `total` alone is rounded to the cent. */
export type Bill = {
  readonly listAmount: string;
  readonly volumeDiscount: string;
  readonly programDiscount: string;
  readonly creditsApplied: string;
  readonly amountDue: string;
  readonly total: string;
};

/** What a bill holds of one month: its own, or an earlier one whose usage was reported late. */
export type BillPart = Omit<Bill, 'total'> & { readonly period: string; readonly late: boolean };

export type InstanceTypeUsage = {
  readonly instanceType: string;
  readonly replicaMinutes: number;
  readonly usdPerMinute: string;
  readonly listAmount: string;
  /** Minutes by phase; a minute in two phases counts in both. */
  readonly phases: { readonly [phase in Phase]?: number };
};

type UsageFigures = { readonly activeMinutes: number; readonly replicaMinutes: number; readonly listAmount: string };
export type VersionUsage = UsageFigures & {
  readonly version: string;
  readonly instanceTypes: readonly InstanceTypeUsage[];
};
export type ModelUsage = UsageFigures & { readonly model: string; readonly versions: readonly VersionUsage[] };

export type Dashboard = {
  readonly period: string;
  /** Null before anything was metered. */
  readonly meteredThrough: string | null;
  readonly models: readonly ModelUsage[];
  readonly bill: Bill;
  /** Of a closed period: what came after its closing and is on the invoice of another. */
  readonly lateUsage?: readonly (Omit<Bill, 'total'> & {
    readonly invoice: string;
    readonly number: string;
    readonly period: string;
  })[];
  /** Of a closed period: what came after its closing and is on no invoice yet. */
  readonly unbilled?: { readonly listAmount: string };
};

export type InvoiceSummary = {
  readonly id: string;
  readonly number: string;
  readonly workspace: string;
  readonly period: string;
  readonly status: string;
  readonly issuedAt: string;
  readonly bill: Bill;
};

export type InvoiceLine = {
  readonly kind: string;
  readonly description: string;
  /** The month of the usage. */
  readonly period: string;
  readonly model?: string;
  readonly version?: string;
  readonly instanceType?: string;
  readonly replicaMinutes?: number;
  readonly usdPerMinute?: string;
  readonly amount: string;
};

export type Invoice = InvoiceSummary & {
  readonly lines: readonly InvoiceLine[];
  readonly parts: readonly BillPart[];
};

export type Credits = {
  readonly grants: readonly (Omit<Grant, 'validUntil'> & {
    readonly remaining: string;
    readonly validUntil?: string | null;
  })[];
  readonly remaining: string;
};

/** A page of a list; `next` is the cursor of the page after it. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string | null };
