// The price book.
import { Type } from '@sinclair/typebox';
import { parseInstant } from '../domain/period';
import { checkPrices, type PriceEntry as Entry, eachOnce, priceRefusal } from '../domain/pricing';
import { cursor, idPart, limit, namePart, orEmpty } from './pages';
import { type Found, type Read, readAs } from './reading';
import { Id, Name, OnTheHour, UsdPerMinute, usd } from './scalars';
import { answer, entry, leavable, optional, orNull, parameters, said, type Wire } from './shape';

const Owner = said('a contract price of this workspace alone', Id);

export const PriceEntry = entry('PriceEntry', {
  instanceType: Name,
  usdPerMinute: said(
    'US dollars a minute, at most nine decimals; null ends the contract price of a workspace from that hour on',
    orNull(usd({ description: 'US dollars, at most nine decimals', refuse: priceRefusal })),
  ),
  effectiveFrom: OnTheHour,
  workspace: leavable(Owner),
});
export type PriceEntry = Wire<typeof PriceEntry>;

export const PriceEntries = Type.Array(PriceEntry);

/**
 * Reads the body of PUT /v1/prices, repeated entries once. Throws `invalid_request` with every fault by index and field,
 * among them two prices for the same hour.
 */
export function readPriceEntries(body: unknown): readonly Entry[] {
  const entries = readAs(PriceEntries, body, {
    what: 'the prices are',
    entry: 'price',
    rule: (found, at) => checkPrices(found?.map((each) => each && foundEntry(each)) ?? [], at),
  });
  return eachOnce(
    entries.map(({ usdPerMinute: priceNanos, effectiveFrom: fromHour, ...named }) => ({
      ...named,
      priceNanos,
      fromHour,
    })),
  );
}

function foundEntry({ usdPerMinute: priceNanos, effectiveFrom: fromHour, ...named }: Found<Read<typeof PriceEntry>>) {
  return { ...named, priceNanos, fromHour };
}

export const Price = answer('Price', {
  instanceType: Name,
  usdPerMinute: said(
    'US dollars a minute, exact; null: no contract price holds from that hour on',
    orNull(UsdPerMinute),
  ),
  effectiveFrom: OnTheHour,
  effectiveUntil: optional(OnTheHour),
  workspace: optional(Owner),
});
export type Price = Wire<typeof Price>;

export const pricesAPage = 100;
export const PricesQuery = parameters({
  workspace: optional(said('only the contract prices of this workspace', Id)),
  cursor: optional(cursor(namePart, orEmpty(idPart), (from) => parseInstant(from) !== undefined)),
  limit: optional(limit({ usual: pricesAPage, max: 500 })),
});
