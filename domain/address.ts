// An address as it stands on a letter.
import { countryName } from './countries';
import type { Address } from './parties';

// Where the postal code is written after the town.
const codeLast: ReadonlySet<string> = new Set([
  ...['AU', 'BR', 'CA', 'CO', 'GB', 'GG', 'HK', 'ID', 'IE', 'IM', 'IN', 'JE', 'JP', 'KR', 'LV', 'NZ', 'PK', 'PR', 'SG'],
  ...['TH', 'TW', 'US', 'VE', 'ZA'],
]);

/** Its lines, the country last. `plain` is applied to texts that share a line, so that none of them turns its neighbour. */
export function addressLinesOf(address: Address, plain: (text: string) => string): readonly string[] {
  const { line1, line2, country } = address;
  return [line1, ...(line2 === null ? [] : [line2]), localityOf(address, plain), countryName(country)];
}

function localityOf({ city, region, postalCode, country }: Address, plain: (text: string) => string): string {
  const place = region === null ? plain(city) : `${plain(city)}, ${plain(region)}`;
  return codeLast.has(country) ? `${place} ${plain(postalCode)}` : `${plain(postalCode)} ${place}`;
}
