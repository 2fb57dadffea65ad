// Changing prices: what the change alters is found out first, refused where invoices hold it, and rolled up anew afterwards.

import { type Author, audit } from '../db/accounts/audit';
import { readInvoicedHour } from '../db/accounts/closed-hours';
import { missingWorkspaces, readPricesOf, replacePrices } from '../db/accounts/prices';
import type { Trx } from '../db/connection/knex';
import { lockPriceBook } from '../db/locks';
import { type Alteration, rollUpAgain, type Scope } from '../db/metering/dirty-ranges';
import { MinutebookError } from '../domain/errors';
import { formatUsdShort } from '../domain/money';
import { formatInstant, hourStartMs } from '../domain/period';
import {
  alteredRanges,
  formatPrice,
  type HourRange,
  type PriceEntry,
  type PricePoint,
  type PricePoints,
  unpricedEnd,
} from '../domain/pricing';

/**
 * Puts change points into the price book, all or none. Answers whether any was new. Throws `invoiced_hours` where that would
 * alter an hour of which an invoice holds minutes, `conflict` where a contract price ends and no standard price takes its
 * place, `not_found` where a workspace is not there.
 */
export async function changePrices(trx: Trx, entries: readonly PriceEntry[], author: Author): Promise<boolean> {
  await lockPriceBook(trx);
  await refuseUnknownWorkspaces(trx, entries);
  const stored = await readPricesOf(trx, [...new Set(entries.map((entry) => entry.instanceType))]);
  const known = new Map(stored.map((point) => [pointName(point), point.priceNanos]));
  const changed = entries.filter((entry) => known.get(pointName(entry)) !== entry.priceNanos);
  if (changed.length === 0) return false;

  const before = groupBooks(stored);
  const after = groupBooks([...stored, ...changed]);
  refuseUnpriced(after);
  const alterations = alterationsOf(before, after);
  await refuseInvoicedHours(trx, alterations, changed);
  const books = new Set(changed.map(bookName));
  await replacePrices(trx, flatten(after, books));
  await rollUpAgain(trx, alterations);
  await audit(trx, author, {
    action: 'prices.changed',
    workspace: soleWorkspace(changed),
    before: changed.flatMap((entry) => auditPoint({ ...entry, priceNanos: known.get(pointName(entry)) })),
    after: changed.flatMap(auditPoint),
  });
  return true;
}

async function refuseUnknownWorkspaces(trx: Trx, entries: readonly PriceEntry[]): Promise<void> {
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
function groupBooks(entries: readonly PriceEntry[]): Books {
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

// Instance type and owner of every book of the type, with the points that hold for that owner.
function pointsOf(books: Books, instanceType: string, owner: string): PricePoints {
  const owners = books.get(instanceType);
  return {
    contract: owner === everybody ? [] : (owners?.get(owner) ?? []),
    standard: owners?.get(everybody) ?? [],
  };
}

function alterationsOf(before: Books, after: Books): readonly Alteration[] {
  return [...after].flatMap(([instanceType, owners]) => {
    const contracts = [...owners.keys()].filter((owner) => owner !== everybody);
    const scopes: readonly [string, Scope][] = [
      [everybody, { allBut: contracts }],
      ...contracts.map((id): [string, Scope] => [id, { only: id }]),
    ];
    return scopes.flatMap(([owner, scope]) => {
      const [was, is] = [before, after].map((books) => pointsOf(books, instanceType, owner));
      const ranges = was === undefined || is === undefined ? [] : alteredRanges({ before: was, after: is });
      return ranges.map((range) => ({ instanceType, scope, range }));
    });
  });
}

function refuseUnpriced(after: Books): void {
  for (const [instanceType, owners] of after) {
    for (const owner of owners.keys()) {
      const hour = unpricedEnd(pointsOf(after, instanceType, owner));
      if (hour === undefined) continue;
      const at = formatInstant(hourStartMs(hour));
      const message = `the contract price of ${owner} for ${instanceType} cannot end at ${at}, as there is no standard price then that could take its place`;
      const faults = [{ field: 'usdPerMinute', message }];
      throw new MinutebookError({ code: 'conflict', detail: `nothing was stored: ${message}; put one first`, faults });
    }
  }
}

async function refuseInvoicedHours(
  trx: Trx,
  alterations: readonly Alteration[],
  changed: readonly PriceEntry[],
): Promise<void> {
  const held = await readInvoicedHour(trx, alterations);
  if (held === undefined) return;
  const { instanceType, range } = held.alteration;
  const what = describe(instanceType, range, changed);
  const message = `${what} would alter the hour ${formatInstant(hourStartMs(held.hour))} of ${held.month}, of which an invoice of workspace ${held.workspace} holds minutes`;
  throw new MinutebookError({
    code: 'invoiced_hours',
    detail: `${message}; nothing was stored: let it hold from an hour that is not invoiced yet`,
    faults: [{ field: 'effectiveFrom', message }],
  });
}

// The point that alters a range is the last one that begins in it or before it.
function describe(instanceType: string, range: HourRange, changed: readonly PriceEntry[]): string {
  const ofType = changed.filter((entry) => entry.instanceType === instanceType && entry.fromHour < range.toHour);
  const [culprit] = [...ofType].sort((one, other) => other.fromHour - one.fromHour);
  const price = culprit === undefined ? 'a price' : `the price of ${formatPrice(culprit.priceNanos)}`;
  const from = formatInstant(hourStartMs(culprit?.fromHour ?? range.fromHour));
  return `${price} for ${instanceType} from ${from} on`;
}

function flatten(books: Books, wanted: ReadonlySet<string>): readonly PriceEntry[] {
  return [...books].flatMap(([instanceType, owners]) =>
    [...owners].flatMap(([workspace, points]) => {
      const owner = workspace === everybody ? {} : { workspace };
      const entries = points.map((point) => ({ instanceType, ...owner, ...point }));
      return entries.filter((entry) => wanted.has(bookName(entry)));
    }),
  );
}

function bookName({ instanceType, workspace = everybody }: Pick<PriceEntry, 'instanceType' | 'workspace'>): string {
  return `${instanceType} ${workspace}`;
}

function pointName(entry: Pick<PriceEntry, 'instanceType' | 'workspace' | 'fromHour'>): string {
  return `${bookName(entry)} ${entry.fromHour}`;
}

function soleWorkspace(entries: readonly PriceEntry[]): string | null {
  const owners = new Set(entries.map((entry) => entry.workspace ?? null));
  const [owner] = owners;
  return owners.size === 1 ? (owner ?? null) : null;
}

function auditPoint(
  entry: Omit<PriceEntry, 'priceNanos'> & { readonly priceNanos: PriceEntry['priceNanos'] | undefined },
) {
  if (entry.priceNanos === undefined) return [];
  return [
    {
      instanceType: entry.instanceType,
      ...(entry.workspace === undefined ? {} : { workspace: entry.workspace }),
      effectiveFrom: formatInstant(hourStartMs(entry.fromHour)),
      usdPerMinute: entry.priceNanos === null ? null : formatUsdShort(entry.priceNanos),
    },
  ];
}
