import type Stripe from 'stripe';
import { shownTransaction } from '../payments/ledger';
import { endpoint } from '../protocol/endpoint';
import { missing } from '../protocol/errors';
import { isWithin, pageOf } from '../protocol/lists';
import { fieldsOf, pagination } from '../protocol/parameters';
import type { World } from '../world';

const listFields = fieldsOf<Stripe.BalanceTransactionListParams>()({
  ...pagination,
  created: 'range',
  currency: 'text',
  expand: 'texts',
  payout: 'unmodelled',
  source: 'text',
  type: 'text',
});

export const balance = [
  endpoint({ method: 'GET', path: '/v1/balance', fields: { expand: 'texts' }, run: sums }),
  endpoint({
    method: 'GET',
    path: '/v1/balance_transactions',
    fields: listFields,
    run: (world, values) => {
      const { created, currency, source, type } = values;
      const isMeant = (each: Stripe.BalanceTransaction) =>
        isWithin(each.created, created) &&
        (currency === undefined || each.currency === currency) &&
        (source === undefined || each.source === source) &&
        (type === undefined || each.type === type);
      const all = world.store.all('balanceTransactions').filter(isMeant);
      return pageOf(
        all.map((each) => shownTransaction(world, each)),
        values,
        '/v1/balance_transactions',
      );
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/balance_transactions/:id',
    fields: { expand: 'texts' },
    run: (world, _values, id) => {
      const found = world.store.get('balanceTransactions', id);
      if (found === undefined) throw missing('balance transaction', id);
      return shownTransaction(world, found);
    },
  }),
];

function sums(world: World): Stripe.Balance {
  const all = world.store.all('balanceTransactions').map((each) => shownTransaction(world, each));
  const currencies = [...new Set(['usd', ...all.map(({ currency }) => currency)])];
  const sumOf = (status: string) =>
    currencies.map((currency) => {
      const nets = all.filter((each) => each.currency === currency && each.status === status).map(({ net }) => net);
      const amount = nets.reduce((sum, net) => sum + net, 0);
      return { amount, currency, source_types: { card: amount } };
    });
  return { object: 'balance', available: sumOf('available'), livemode: false, pending: sumOf('pending') };
}
