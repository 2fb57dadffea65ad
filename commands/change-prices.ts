// Changing prices: what the change alters is found out first, refused where invoices hold it, and rolled up anew.

import { type Author, audit } from '../db/accounts/audit';
import { holdMetering, refuseClosedHours, rollUpAgain, type Scope } from '../db/accounts/closed-hours';
import { lockPrices, missingWorkspaces, readPricesOf, replacePrices } from '../db/accounts/prices';
import type { Trx } from '../db/connection/knex';
import { MinutebookError } from '../domain/errors';
import { formatUsdShort } from '../domain/money';
import { formatInstant, hourStartMs } from '../domain/period';
import { alteredRanges, type HourRange, type PriceEntry, type PricePoint, type SetPrice } from '../domain/pricing';

type Alteration = { readonly instanceType: string; readonly scope: Scope; readonly range: HourRange };

/** Puts change points into the price book, all or none. Answers whether any was new. */
export async function changePrices(trx: Trx, asked: readonly PriceEntry[], author: Author): Promise<boolean> {
  const entries = refuseEnds(asked);
  await lockPrices(trx);
  await refuseUnknownWorkspaces(trx, entries);
  const stored = await readPricesOf(trx, [...new Set(entries.map((entry) => entry.instanceType))]);
  const known = new Map(stored.map((point) => [pointName(point), point.priceNanos]));
  const changed = entries.filter((entry) => known.get(pointName(entry)) !== entry.priceNanos);
  if (changed.length === 0) return false;

  const before = groupBooks(stored);
  const after = groupBooks([...stored, ...changed]);
  const alterations = alterationsOf(before, after);
  if (alterations.length > 0) await holdMetering(trx, affected(alterations));
  for (const { instanceType, scope, range } of alterations) {
    await refuseClosedHours(trx, range, scope, describe(instanceType, range, changed));
  }
  const books = new Set(changed.map(bookName));
  await replacePrices(trx, flatten(after, books));
  for (const { instanceType, scope, range } of alterations) await rollUpAgain(trx, range, scope, instanceType);
  await audit(trx, author, {
    action: 'prices.changed',
    workspace: soleWorkspace(changed),
    before: changed.flatMap((entry) => auditPoint({ ...entry, priceNanos: known.get(pointName(entry)) })),
    after: changed.flatMap(auditPoint),
  });
  return true;
}

function refuseEnds(entries: readonly PriceEntry[]): readonly SetPrice[] {
  return entries.map(({ priceNanos, ...entry }) => {
    if (priceNanos !== null) return { ...entry, priceNanos };
    const detail = `nothing was stored: the contract price of ${entry.workspace} for ${entry.instanceType} cannot be ended yet; set it to everybody's price from that hour on`;
    throw new MinutebookError({ code: 'invalid_request', detail });
  });
}

async function refuseUnknownWorkspaces(trx: Trx, entries: readonly SetPrice[]): Promise<void> {
  const named = [...new Set(entries.flatMap((entry) => entry.workspace ?? []))];
  const missing = await missingWorkspaces(trx, named);
  if (missing.length === 0) return;
  throw new MinutebookError({
    code: 'not_found',
    detail: `nothing was stored: there is no workspace ${missing.join(', ')}; create it first`,
    faults: missing.map((id) => ({ field: 'workspace', message: `there is no workspace ${id}` })),
  });
}

// instance type → owner ('' for everybody) → change points, ascending.
type Books = ReadonlyMap<string, ReadonlyMap<string, readonly PricePoint[]>>;

const everybody = '';

// A later entry of the list takes the place of an earlier one at the same hour.
function groupBooks(entries: readonly SetPrice[]): Books {
  const books = new Map<string, Map<string, PricePoint[]>>();
  for (const { instanceType, workspace = everybody, fromHour, priceNanos } of entries) {
    const owners = books.get(instanceType) ?? new Map<string, PricePoint[]>();
    const others = (owners.get(workspace) ?? []).filter((point) => point.fromHour !== fromHour);
    owners.set(
      workspace,
      [...others, { fromHour, priceNanos }].sort((one, other) => one.fromHour - other.fromHour),
    );
    books.set(instanceType, owners);
  }
  return books;
}

function alterationsOf(before: Books, after: Books): readonly Alteration[] {
  return [...after].flatMap(([instanceType, owners]) => {
    const contracts = [...owners.keys()].filter((owner) => owner !== everybody);
    const pointsOf = (books: Books, owner: string) => ({
      contract: owner === everybody ? [] : (books.get(instanceType)?.get(owner) ?? []),
      standard: books.get(instanceType)?.get(everybody) ?? [],
    });
    const scopes: readonly [string, Scope][] = [
      [everybody, { allBut: contracts }],
      ...contracts.map((id): [string, Scope] => [id, { only: id }]),
    ];
    return scopes.flatMap(([owner, scope]) =>
      alteredRanges({ before: pointsOf(before, owner), after: pointsOf(after, owner) }).map((range) => ({
        instanceType,
        scope,
        range,
      })),
    );
  });
}

function affected(alterations: readonly Alteration[]): readonly string[] | 'all' {
  const workspaces: string[] = [];
  for (const { scope } of alterations) {
    if ('allBut' in scope) return 'all';
    workspaces.push(scope.only);
  }
  return workspaces;
}

// The point that alters a range is the last one that begins in it or before it.
function describe(instanceType: string, range: HourRange, changed: readonly SetPrice[]): string {
  const ofType = changed.filter((entry) => entry.instanceType === instanceType && entry.fromHour < range.toHour);
  const [culprit] = [...ofType].sort((one, other) => other.fromHour - one.fromHour);
  const price = culprit === undefined ? 'a price' : `the price of ${formatUsdShort(culprit.priceNanos)}`;
  const from = formatInstant(hourStartMs(culprit?.fromHour ?? range.fromHour));
  return `${price} for ${instanceType} from ${from} on`;
}

function flatten(books: Books, wanted: ReadonlySet<string>): readonly SetPrice[] {
  return [...books].flatMap(([instanceType, owners]) =>
    [...owners].flatMap(([workspace, points]) => {
      const owner = workspace === everybody ? {} : { workspace };
      const entries = points.map((point) => ({ instanceType, ...owner, ...point }));
      return entries.filter((entry) => wanted.has(bookName(entry)));
    }),
  );
}

function bookName({ instanceType, workspace = everybody }: Pick<SetPrice, 'instanceType' | 'workspace'>): string {
  return `${instanceType} ${workspace}`;
}

function pointName(entry: Pick<SetPrice, 'instanceType' | 'workspace' | 'fromHour'>): string {
  return `${bookName(entry)} ${entry.fromHour}`;
}

function soleWorkspace(entries: readonly SetPrice[]): string | null {
  const owners = new Set(entries.map((entry) => entry.workspace ?? null));
  const [owner] = owners;
  return owners.size === 1 ? (owner ?? null) : null;
}

function auditPoint(entry: Omit<SetPrice, 'priceNanos'> & { readonly priceNanos: SetPrice['priceNanos'] | undefined }) {
  if (entry.priceNanos === undefined) return [];
  return [
    {
      instanceType: entry.instanceType,
      ...(entry.workspace === undefined ? {} : { workspace: entry.workspace }),
      effectiveFrom: formatInstant(hourStartMs(entry.fromHour)),
      usdPerMinute: formatUsdShort(entry.priceNanos),
    },
  ];
}
