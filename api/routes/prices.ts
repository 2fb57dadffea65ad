// The price book.
import type { FastifyInstance } from 'fastify';
import { changePrices } from '../../commands/change-prices';
import type { Answer } from '../../contract/operations';
import { PricesQuery, pricesAPage, readPriceEntries } from '../../contract/prices';
import { listPrices, type StoredPrice } from '../../db/accounts/prices';
import { adminsOnly, authorOf, operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';
import type { Replay } from '../replaying';
import { instantOfHour, priceShape } from '../shapes';

const putSchema = describe({
  id: 'putPrices',
  tag: 'Prices',
  summary: 'Set prices',
  description: `Each price holds from its hour until the next one of its instance type; a workspace's contract prices go
before everybody's, and null ends one. All entries are stored or none. A price that would alter an hour of which an
invoice holds minutes is refused (invoiced_hours).`,
});

const getSchema = describe({
  id: 'listPrices',
  tag: 'Prices',
  summary: 'List prices',
});

export function priceRoutes(app: FastifyInstance, api: Api, replay: Replay): void {
  app.put(
    '/v1/prices',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: putSchema },
    async (request): Promise<Answer<'putPrices'>> => {
      const entries = readPriceEntries(request.body);
      const author = await authorOf(request, api);
      const changed = await api.db.transaction((trx) => changePrices(trx, entries, author));
      if (changed) await replay(null);
      return { items: entries.map((entry) => priceShape({ ...entry, untilHour: null })) };
    },
  );

  app.get(
    '/v1/prices',
    { config: { access: { roles: operators, of: 'nobody' } }, schema: getSchema },
    async (request): Promise<Answer<'listPrices'>> => {
      const { workspace = null, limit = pricesAPage, cursor } = readQuery(request, PricesQuery);
      const [instanceType, owner, from] = cursor ?? ['', '', '1970-01-01T00:00:00Z'];
      const prices = await listPrices(api.db, {
        workspace,
        after: { instanceType, workspace: owner, from },
        limit: limit + 1,
      });
      return pageOf(prices, limit, { show: priceShape, cursor: cursorOf });
    },
  );
}

function cursorOf({ instanceType, workspace = '', fromHour }: StoredPrice): readonly string[] {
  return [instanceType, workspace, instantOfHour(fromHour)];
}
