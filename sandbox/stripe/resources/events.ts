import type Stripe from 'stripe';
import { endpoint } from '../protocol/endpoint';
import { invalid, missing } from '../protocol/errors';
import { isWithin, pageOf } from '../protocol/lists';
import { fieldsOf, pagination, type Values } from '../protocol/parameters';
import { undelivered } from '../webhooks/deliveries';
import type { World } from '../world';

const listFields = fieldsOf<Stripe.EventListParams>()({
  ...pagination,
  created: 'range',
  delivery_success: 'flag',
  expand: 'texts',
  type: 'text',
  types: 'texts',
});

const listedSeconds = 30 * 86_400;
const typesMax = 20;

export const events = [
  endpoint({ method: 'GET', path: '/v1/events', fields: listFields, check, run: list }),
  endpoint({
    method: 'GET',
    path: '/v1/events/:id',
    fields: { expand: 'texts' },
    run: ({ store }, _values, id) => {
      const found = store.get('events', id);
      if (found === undefined) throw missing('event', id);
      return found;
    },
  }),
];

function check({ type, types }: Values<typeof listFields>): void {
  if (type !== undefined && types !== undefined) {
    const message = 'You may only specify one of these parameters: type, types.';
    throw invalid({ code: 'parameters_exclusive', message, param: 'types' });
  }
  if ((types?.length ?? 0) > typesMax) {
    throw invalid({ message: `You can filter by at most ${typesMax} types.`, param: 'types' });
  }
}

function list(world: World, values: Values<typeof listFields>): Stripe.ApiList<Stripe.Event> {
  const { created, delivery_success: isDelivered, type, types } = values;
  const { store, clock } = world;
  const since = clock.now() - listedSeconds;
  const open = isDelivered === undefined ? undefined : undelivered(world);
  const isMeant = (event: Stripe.Event) =>
    event.created >= since &&
    isWithin(event.created, created) &&
    (open === undefined || open.has(event.id) !== isDelivered) &&
    isOfType(event.type, type === undefined ? types : [type]);
  return pageOf(store.all('events').filter(isMeant), values, '/v1/events');
}

/** `charge.*` stands for all that begin so. */
function isOfType(type: string, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted.some((each) => (each.endsWith('*') ? type.startsWith(each.slice(0, -1)) : each === type));
}
