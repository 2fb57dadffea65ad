// The price book.
import type { FastifyInstance } from 'fastify';
import { changePrices } from '../../commands/change-prices';
import { listPrices, type StoredPrice } from '../../db/accounts/prices';
import { isAbsent, readId } from '../../domain/body';
import { parsePrices } from '../../domain/pricing';
import { adminsOnly, authorOf, operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readPage, readQuery } from '../parameters';
import type { Replay } from '../replaying';
import { list, object, ref, text } from '../schema';
import { id, page } from '../schemas';
import { instantOfHour, priceShape } from '../shapes';

const putSchema = describe({
  id: 'putPrices',
  tag: 'Prices',
  summary: 'Set prices',
  description: `Each price holds from its hour until the next one of its instance type; a workspace's contract prices go
before everybody's. All entries are stored or none. A price that would alter an hour of a closed period (of one closed early: up to then) is refused
(invoiced_hours); one for hours that had none is not.`,
  body: list(ref('PriceEntry')),
  answers: { 200: object({ items: list(ref('Price')) }) },
});

const getSchema = describe({
  id: 'listPrices',
  tag: 'Prices',
  summary: 'List prices',
  query: object({}, { workspace: id, cursor: text(), limit: text() }),
  answers: { 200: page(ref('Price')) },
});

export function priceRoutes(app: FastifyInstance, api: Api, replay: Replay): void {
  app.put('/v1/prices', { config: { access: adminsOnly }, schema: putSchema }, async (request) => {
    const entries = parsePrices(request.body);
    const author = await authorOf(request, api);
    const changed = await api.db.transaction((trx) => changePrices(trx, entries, author));
    if (changed) await replay(null);
    return { items: entries.map((entry) => priceShape({ ...entry, untilHour: null })) };
  });

  app.get('/v1/prices', { config: { access: operators }, schema: getSchema }, async (request) => {
    const { workspace, limit, after } = readQuery(request, ['workspace', 'cursor', 'limit'], (fields, complain) => ({
      workspace: isAbsent(fields.workspace) ? null : (readId(fields.workspace, 'workspace', complain) ?? null),
      ...readPage(fields, complain, { cursor: ['name', 'idOrNothing', 'instant'], limit: 100, limitMax: 500 }),
    }));
    const [instanceType = '', owner = '', from = '1970-01-01T00:00:00Z'] = after ?? [];
    const prices = await listPrices(api.db, {
      workspace,
      after: { instanceType, workspace: owner, from },
      limit: limit + 1,
    });
    return pageOf(prices, limit, { show: priceShape, cursor: cursorOf });
  });
}

function cursorOf({ instanceType, workspace = '', fromHour }: StoredPrice): readonly string[] {
  return [instanceType, workspace, instantOfHour(fromHour)];
}
