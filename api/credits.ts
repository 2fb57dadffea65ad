// Credits as they are answered: all sums, and a page of grants and draws.
import { readStanding } from '../commands/compute-standings';
import { type Credits, type CreditsQuery, grantsAPage, type HeldGrant } from '../contract/credits';
import { encodeCursor } from '../contract/pages';
import type { Read } from '../contract/reading';
import { noSuchWorkspace } from '../db/accounts/workspaces';
import { type DrawRow, listDraws, listGrants, readLeftOfAll, type StoredGrant } from '../db/billing/grants';
import type { Trx } from '../db/connection/knex';
import { grantStatus, validHours } from '../domain/credits';
import { invoiceNumber } from '../domain/ids';
import { formatUsd, type Nanos, nanos, sumNanos } from '../domain/money';
import { hourOf } from '../domain/period';
import { grantShape } from './shapes';

/** Where a page of grants and draws begins: each after the last of the page before. */
export type CreditsPage = {
  readonly limit: number;
  readonly grant: { readonly atMs: number; readonly key: string };
  readonly draw: { readonly number: number; readonly key: string };
};

export function pageOfCredits({ cursor, limit = grantsAPage }: Read<typeof CreditsQuery>): CreditsPage {
  const [atMs, grant, number, draw] = cursor ?? ['0', '', '0', ''];
  return { limit, grant: { atMs: Number(atMs), key: grant }, draw: { number: Number(number), key: draw } };
}

type Asked = { readonly workspace: string; readonly nowMs: number; readonly page: CreditsPage };

/** Throws `not_found` without the workspace. */
export async function readCredits(trx: Trx, { workspace, nowMs, page }: Asked): Promise<Credits> {
  const [read, cut, leftNanos] = await Promise.all([
    readStanding(trx, { workspace, nowMs }),
    readPage(trx, workspace, page),
    readLeftOfAll(trx, workspace),
  ]);
  if (read === undefined) throw noSuchWorkspace(workspace);
  const { standing, unissued } = read;
  const pending = unissued.bills.flatMap(({ bill }) => bill.draws);
  const pendingOf = (key: string) =>
    sumNanos(pending.filter((draw) => draw.grantKey === key).map((draw) => draw.amountNanos));
  return {
    grants: cut.grants.map((grant) => heldShape(grant, { pendingNanos: pendingOf(grant.key), hour: hourOf(nowMs) })),
    remaining: formatUsd(leftNanos),
    pending: formatUsd(sumNanos(pending.map((draw) => draw.amountNanos))),
    available: formatUsd(standing.remainingNanos),
    burnPerHour: formatUsd(standing.burnNanosPerHour),
    ...(standing.hoursLeft === null ? {} : { hoursLeft: standing.hoursLeft }),
    level: standing.level,
    draws: cut.draws.map((draw) => drawShape(workspace, draw)),
    ...cut.next,
  };
}

// One more of each than is shown says whether there is more. None of them ever comes before one that was there.
async function readPage(trx: Trx, workspace: string, { limit, grant, draw }: CreditsPage) {
  const [grants, draws] = await Promise.all([
    listGrants(trx, { workspace, after: grant, limit: limit + 1 }),
    listDraws(trx, { workspace, after: draw, limit: limit + 1 }),
  ]);
  const shown = { grants: grants.slice(0, limit), draws: draws.slice(0, limit) };
  if (grants.length <= limit && draws.length <= limit) return { ...shown, next: {} };
  const [lastGrant, lastDraw] = [shown.grants.at(-1), shown.draws.at(-1)];
  const cursor = [
    ...[lastGrant?.createdAtMs ?? grant.atMs, lastGrant?.key ?? grant.key],
    ...[lastDraw?.number ?? draw.number, lastDraw?.grant_key ?? draw.key],
  ];
  return { ...shown, next: { next: encodeCursor(cursor) } };
}

/** A grant with where it stands now. */
function heldShape(grant: StoredGrant, at: { readonly pendingNanos: Nanos; readonly hour: number }): HeldGrant {
  const { status, lostNanos } = grantStatus({ ...grant, ...validHours(grant), isEnded: grant.endedAtMs !== null }, at);
  return { ...grantShape(grant), pending: formatUsd(at.pendingNanos), status, lost: formatUsd(lostNanos) };
}

function drawShape(workspace: string, draw: DrawRow): Credits['draws'][number] {
  return {
    grant: draw.grant_key,
    invoice: draw.invoice_id,
    number: invoiceNumber({ workspace, number: draw.number }),
    period: draw.month,
    amount: formatUsd(nanos(draw.amount_nanos)),
  };
}
