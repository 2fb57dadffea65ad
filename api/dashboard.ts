// The dashboard: a month's usage by model, version and instance type, and its bill: the invoice's, or what the invoice
// would say now.
import { readBillsOf } from '../commands/unissued-bills';
import type { Dashboard, LateUsage, ModelUsage, PhaseMinutes } from '../contract/dashboard';
import { readWorkspace } from '../db/accounts/workspaces';
import { type BillingAccount, readBillingAccount } from '../db/billing/account';
import { readInvoiceOf, readLateBilled } from '../db/billing/invoices-read';
import { readLatePart } from '../db/billing/parts';
import { readPeriod } from '../db/billing/period-reading';
import type { Trx } from '../db/connection/knex';
import { keepPlans } from '../db/connection/plans';
import { readActive, readUsage, type UsageFigures } from '../db/metering/figures';
import { readMeteredThrough } from '../db/metering/marks';
import { computeBill } from '../domain/bill';
import { invoiceNumber } from '../domain/ids';
import { type Cents, cents, formatCents, formatUsd, formatUsdShort, sumNanos } from '../domain/money';
import { formatInstant, type Month } from '../domain/period';
import { phases } from '../domain/usage';
import { amountsShape, billShape, partShape } from './shapes';

type Period = { readonly workspace: string; readonly month: Month };
type Billing = Omit<Dashboard, 'period' | 'meteredThrough' | 'models' | 'voidUsage'>;

/**
 * Reads it in one snapshot, so that the models' list amounts are those of the bill, and waits for Postgres twice: for what is
 * asked of every month at once, and for what the bill is made of. Throws `not_found`.
 */
export async function readDashboard(trx: Trx, period: Period): Promise<Dashboard> {
  const [, billing, , meteredThrough, figures, active] = await Promise.all([
    keepPlans(trx),
    readBilling(trx, period),
    readWorkspace(trx, period.workspace),
    readMeteredThrough(trx, { workspace: period.workspace, months: [period.month] }),
    readUsage(trx, period),
    readActive(trx, period),
  ]);
  const activeOf = new Map(active.map((row) => [activeName(row.model, row.version), row.active]));
  return {
    period: period.month,
    meteredThrough: meteredThrough === null ? null : formatInstant(meteredThrough),
    models: modelShapes(figures.filter(isUsed), activeOf),
    ...voidShape(figures),
    ...billing,
  };
}

async function readBilling(trx: Trx, period: Period): Promise<Billing> {
  const [stored, account] = await Promise.all([readPeriod(trx, period), readBillingAccount(trx, period.workspace)]);
  if (stored === undefined || stored.closedAtMs === null) return billedNow(trx, period, account);
  return billedThen(trx, period, { isLate: account?.lateMonths.includes(period.month) ?? false });
}

// What came late is found by comparing all of the month's hours with those of its invoices, some 100 ms and more of 300 lines: only
// where there may be some.
async function billedThen(trx: Trx, period: Period, { isLate }: { isLate: boolean }): Promise<Billing> {
  const [invoice, late, owed] = await Promise.all([
    readInvoiceOf(trx, period),
    readLateBilled(trx, period),
    isLate ? readLatePart(trx, { ...period, withLines: false }) : undefined,
  ]);
  const bill = invoice ?? nothingBilled();
  const unbilled = sumNanos((owed?.hours ?? []).map((hour) => hour.listNanos));
  return {
    bill: billShape(bill),
    parts: bill.parts.map(partShape),
    ...(invoice === undefined
      ? {}
      : {
          invoice: {
            id: invoice.id,
            number: invoiceNumber({ workspace: period.workspace, number: invoice.number }),
            status: invoice.status,
            issuedAt: formatInstant(invoice.issuedAtMs),
          },
          ...writtenOffShape(invoice.writtenOffCents),
          credited: formatCents(invoice.creditedCents),
        }),
    ...(late.length === 0 ? {} : { lateUsage: late.map((each) => lateShape(period, each)) }),
    ...(unbilled === 0n ? {} : { unbilled: { listAmount: formatUsd(unbilled) } }),
  };
}

async function billedNow(
  trx: Trx,
  { workspace, month }: Period,
  account: BillingAccount | undefined,
): Promise<Billing> {
  const unissued = account && (await readBillsOf(trx, account, { workspace, through: month, withOverrun: true }));
  const coming = unissued?.bills.find((each) => each.month === month);
  const bill = coming?.bill ?? nothingBilled();
  const writtenOff = writtenOffShape(coming?.overrun?.amountCents ?? cents(0n));
  return { bill: billShape(bill), parts: bill.parts.map(partShape), ...writtenOff };
}

function writtenOffShape(amountCents: Cents): Pick<Dashboard, 'writtenOff'> {
  return amountCents === 0n ? {} : { writtenOff: formatCents(amountCents) };
}

function nothingBilled() {
  return computeBill({ parts: [], terms: [], grants: [] });
}

type LateBilled = Awaited<ReturnType<typeof readLateBilled>>[number];

function lateShape({ workspace }: Period, { invoice, part }: LateBilled): LateUsage {
  return {
    invoice: invoice.id,
    number: invoiceNumber({ workspace, number: invoice.number }),
    period: invoice.month,
    ...amountsShape(part),
  };
}

// Active minutes are read and not added up: two versions that ran in the same minute are one active minute of the model.
function modelShapes(usage: readonly UsageFigures[], active: ReadonlyMap<string, number>): readonly ModelUsage[] {
  return groupBy(usage, (row) => row.model).map(([model, ofModel]) => ({
    model,
    activeMinutes: active.get(activeName(model, null)) ?? 0,
    ...totals(ofModel),
    versions: groupBy(ofModel, (row) => row.version).map(([version, ofVersion]) => ({
      version,
      activeMinutes: active.get(activeName(model, version)) ?? 0,
      ...totals(ofVersion),
      instanceTypes: ofVersion.map((row) => ({
        instanceType: row.instanceType,
        replicaMinutes: row.replicaMinutes,
        usdPerMinute: formatUsdShort(row.priceNanos),
        listAmount: formatUsd(row.listNanos),
        phases: phaseShape(row.phases),
      })),
    })),
  }));
}

// What is void is in no other figure; where all of a price is void there is nothing else to show.
function isUsed({ phases: minutes, voidMinutes }: UsageFigures): boolean {
  return voidMinutes === 0 || minutes.some((count) => count > 0);
}

function voidShape(figures: readonly UsageFigures[]): Pick<Dashboard, 'voidUsage'> {
  const named = groupBy(
    figures.filter(({ voidMinutes }) => voidMinutes > 0),
    ({ model, version, instanceType }) => `${model}\n${version}\n${instanceType}`,
  );
  if (named.length === 0) return {};
  return {
    voidUsage: named.map(([name, rows]) => {
      const [model = '', version = '', instanceType = ''] = name.split('\n');
      return { model, version, instanceType, replicaMinutes: rows.reduce((sum, row) => sum + row.voidMinutes, 0) };
    }),
  };
}

function totals(rows: readonly UsageFigures[]) {
  return {
    replicaMinutes: rows.reduce((sum, row) => sum + row.replicaMinutes, 0),
    listAmount: formatUsd(sumNanos(rows.map((row) => row.listNanos))),
  };
}

/** Minutes by the phases' names. */
export function phaseShape(minutes: readonly number[]): PhaseMinutes {
  return Object.fromEntries(phases.map((phase, at) => [phase, minutes[at] ?? 0])) as PhaseMinutes;
}

/** The rows under each key, in the order of the keys' first. */
export function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups];
}

// A newline cannot occur in an id.
function activeName(model: string, version: string | null): string {
  return version === null ? model : `${model}\n${version}`;
}
