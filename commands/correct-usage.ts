// Correcting usage: minutes that were billed wrongly are voided, and each invoice that loses any gets its credit note.
import { type Author, audit } from '../db/accounts/audit';
import { noSuchWorkspace, readWorkspace } from '../db/accounts/workspaces';
import { readBillingAccount } from '../db/billing/account';
import { isUnmetered, lockForCorrection } from '../db/billing/closing';
import {
  addCorrection,
  countVoidMinutes,
  readSameCorrection,
  type StoredCorrection,
  standRanges,
} from '../db/billing/corrections';
import { listCorrectionNotes, readCreditNoteLines, type StoredCreditNote } from '../db/billing/credit-notes-read';
import { type Lost, readLostUsage } from '../db/billing/lost-usage';
import { readDrawnGrants, readStandingInvoice } from '../db/billing/standing-invoices';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { rollUpAlone } from '../db/metering/hours';
import { holdUsageKeptFrom } from '../db/metering/kept';
import { type Bill, computeBill } from '../domain/bill';
import { correctInvoice } from '../domain/correction';
import type { Standing } from '../domain/credit-note';
import { MinutebookError } from '../domain/errors';
import { formatCents } from '../domain/money';
import type { Month } from '../domain/period';
import { type CorrectionEntry, spanOf } from '../domain/void-ranges';
import type { Connections } from './connections';
import { refuseDroppedRanges, refuseNothingVoided, refuseWrongRanges } from './correction-refusals';
import { issueCreditNote, type NoteSettings } from './issue-credit-note';
import { onceMetered } from './metered';
import { readUnissuedBills, type UnissuedBill } from './unissued-bills';

type Correcting = {
  readonly workspace: string;
  readonly entry: CorrectionEntry;
  readonly actor: string;
  /** Changes nothing, takes no number and no key, and answers both bills. */
  readonly isPreview: boolean;
};

/** A bill before and after a correction: an invoice's, or that of a period without one. */
export type CorrectedBill = {
  readonly month: Month;
  readonly invoice: string | null;
  readonly before: Standing;
  readonly after: Standing;
};

export type Corrected = {
  readonly correction: StoredCorrection;
  readonly notes: readonly StoredCreditNote[];
  readonly lines: Awaited<ReturnType<typeof readCreditNoteLines>>;
  /** Of a preview. */
  readonly bills: readonly CorrectedBill[];
  readonly isNew: boolean;
};

/**
 * Voids minutes and issues the credit notes that follow. The same key and content again answers the same notes. Throws
 * `conflict` where the key has other content or was taken back, or where nothing is to be voided, `invalid_request` where a
 * range lies outside the workspace's life or matches nothing that was reported, `usage_not_kept` where its usage was dropped,
 * `not_found`.
 */
export async function correctUsage(connections: Connections, correcting: Correcting): Promise<Corrected> {
  const { workspace } = correcting;
  const { settings } = connections;
  try {
    return await onceMetered(
      connections,
      { workspace, refusal: `usage of ${workspace} cannot be corrected` },
      async (trx, nowMs) => {
        const corrected = await correct(trx, { ...correcting, nowMs, settings });
        if (correcting.isPreview && corrected !== 'unmetered') throw new Previewed(corrected);
        return corrected;
      },
    );
  } catch (error) {
    if (error instanceof Previewed) return error.corrected;
    throw error;
  }
}

// What undoes the transaction of a preview.
class Previewed extends Error {
  constructor(readonly corrected: Corrected) {
    super('a preview is undone');
  }
}

type Work = Correcting & { readonly nowMs: number; readonly settings: NoteSettings };

async function correct(trx: Trx, work: Work): Promise<Corrected | 'unmetered'> {
  const { workspace, entry, nowMs } = work;
  const keptFromMs = await holdUsageKeptFrom(trx);
  const shard = await lockForCorrection(trx, workspace);
  const { startsAtMs } = await readWorkspace(trx, workspace);
  const known = await readSameCorrection(trx, { workspace, entry });
  if (known !== undefined) return again(trx, known);
  refuseDroppedRanges(entry.ranges, keptFromMs);
  if (await isUnmetered(trx, workspace)) return 'unmetered';
  await refuseWrongRanges(trx, { workspace, entry, startsAtMs, nowMs });

  const span = { workspace, ...spanOf(entry.ranges) };
  const billsBefore = work.isPreview ? await readOpenBills(trx, workspace) : [];
  const voidBefore = await countVoidMinutes(trx, span);
  await standRanges(trx, { workspace, key: entry.key, shard }, entry.ranges);
  await rollUpAlone(trx, shard, workspace);
  const voidMinutes = (await countVoidMinutes(trx, span)) - voidBefore;
  if (voidMinutes === 0) await refuseNothingVoided(trx, span);
  const correction = await addCorrection(trx, { workspace, entry, voidMinutes, nowMs });
  await wakeGuards(trx, { workspaces: [workspace], nowMs });
  const credited = await creditInvoices(trx, work, await readLostUsage(trx, span));
  const billsAfter = work.isPreview ? await readOpenBills(trx, workspace) : [];
  const notes = credited.map(({ note }) => note);
  await audit(trx, authorOf(work), {
    action: 'usage.corrected',
    workspace,
    before: null,
    after: audited(correction, notes),
  });
  return {
    correction,
    notes,
    lines: await readCreditNoteLines(trx, { workspace, ids: notes.map(({ id }) => id) }),
    bills: [...credited.map(({ bill }) => bill), ...changedBills(billsBefore, billsAfter)],
    isNew: true,
  };
}

async function again(
  trx: Trx,
  { stored, isSame }: { readonly stored: StoredCorrection; readonly isSame: boolean },
): Promise<Corrected> {
  const { workspace, key } = stored;
  if (!isSame) throw keyTaken(stored, 'with other content');
  if (stored.takenBackAtMs !== null) throw keyTaken(stored, 'which was taken back');
  const notes = await listCorrectionNotes(trx, { workspace, keys: [key] });
  const lines = await readCreditNoteLines(trx, { workspace, ids: notes.map(({ id }) => id) });
  return { correction: stored, notes, lines, bills: [], isNew: false };
}

function keyTaken({ workspace, key }: StoredCorrection, how: string): MinutebookError {
  const message = `workspace ${workspace} has a correction ${key} already, ${how}; give this one a key of its own`;
  return new MinutebookError({
    code: 'conflict',
    detail: `nothing was changed: ${message}`,
    faults: [{ field: 'key', message }],
  });
}

type Credited = { readonly note: StoredCreditNote; readonly bill: CorrectedBill };

// In the order of their issue, one note each.
async function creditInvoices(
  trx: Trx,
  { workspace, entry, nowMs, settings }: Work,
  lostOf: ReadonlyMap<string, Lost>,
): Promise<readonly Credited[]> {
  const account = await readBillingAccount(trx, workspace);
  if (account === undefined) throw noSuchWorkspace(workspace);
  const credited: Credited[] = [];
  for (const [id, { usage: lost, overrun: lostOverrun }] of lostOf) {
    const invoice = await readStandingInvoice(trx, id);
    const grants = await readDrawnGrants(trx, workspace, invoice);
    const content = correctInvoice({ invoice, lost, lostOverrun, as: entry.as, terms: account.terms, grants });
    const { key, reason } = entry;
    const note = await issueCreditNote(trx, {
      workspace,
      invoice: id,
      kind: 'correction',
      key,
      reason,
      content,
      nowMs,
      settings,
    });
    credited.push({
      note,
      bill: { month: invoice.month, invoice: id, before: invoice.standing, after: content.after ?? invoice.standing },
    });
  }
  return credited;
}

async function readOpenBills(trx: Trx, workspace: string): Promise<readonly UnissuedBill[]> {
  return (await readUnissuedBills(trx, { workspace }))?.bills ?? [];
}

function changedBills(before: readonly UnissuedBill[], after: readonly UnissuedBill[]): readonly CorrectedBill[] {
  return before.flatMap(({ month, bill }) => {
    const changed =
      after.find((each) => each.month === month)?.bill ?? computeBill({ parts: [], terms: [], grants: [] });
    if (changed.listNanos === bill.listNanos && changed.amountDueNanos === bill.amountDueNanos) return [];
    return [{ month, invoice: null, before: standingOf(bill), after: standingOf(changed) }];
  });
}

function standingOf(bill: Bill): Standing {
  return { ...bill, owedNanos: bill.amountDueNanos };
}

function authorOf({ actor, nowMs }: Work): Author {
  return { actor, nowMs };
}

function audited({ key, reason, as, ranges, voidMinutes }: StoredCorrection, notes: readonly StoredCreditNote[]) {
  const creditNotes = notes.map(({ id, amountCents }) => ({ id, amount: formatCents(amountCents) }));
  return { key, reason, as, void: ranges, voidMinutes, creditNotes };
}
