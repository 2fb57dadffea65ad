// `expand[]`: ids replaced by the objects that they name, along a path such as `latest_charge.balance_transaction`.

import type { Table } from '../store';
import type { World } from '../world';
import { invalid } from './errors';

const depthMax = 4;

const tables: readonly (readonly [string, Table])[] = [
  ['cus_', 'customers'],
  ['pm_', 'paymentMethods'],
  ['seti_', 'setupIntents'],
  ['pi_', 'paymentIntents'],
  ['ch_', 'charges'],
  ['py_', 'charges'],
  ['re_', 'refunds'],
  ['pyr_', 'refunds'],
  ['du_', 'disputes'],
  ['txn_', 'balanceTransactions'],
  ['mandate_', 'mandates'],
  ['cs_', 'sessions'],
];

export function expanded(world: World, answer: object, paths: readonly string[]): object {
  return paths.reduce<object>((all, path) => {
    const steps = path.split('.');
    if (steps.length > depthMax) {
      throw invalid({
        message: `You cannot expand more than ${depthMax} levels of a property: ${path}`,
        param: 'expand',
      });
    }
    return along(world, all, steps, path) as object;
  }, answer);
}

function along(world: World, value: unknown, [step, ...rest]: readonly string[], path: string): unknown {
  const found = resolved(world, value);
  if (step === undefined || found === null) return found;
  if (Array.isArray(found)) return found.map((each) => along(world, each, [step, ...rest], path));
  if (typeof found !== 'object') throw notExpandable(path);
  const object = found as Readonly<Record<string, unknown>>;
  const inner = step in object ? object[step] : included(world, object, step);
  if (inner === undefined || !isReference(inner)) throw notExpandable(path);
  return { ...object, [step]: along(world, inner, rest, path) };
}

function notExpandable(path: string): Error {
  const message = `This property cannot be expanded (${path}). You may want to try removing it from the expand parameter.`;
  return invalid({ message, param: 'expand' });
}

function isReference(value: unknown): boolean {
  return value === null || typeof value === 'object' || tableOf(value) !== undefined;
}

function tableOf(value: unknown): Table | undefined {
  if (typeof value !== 'string') return undefined;
  return tables.find(([prefix]) => value.startsWith(prefix))?.[1];
}

function resolved({ store }: World, value: unknown): unknown {
  const table = tableOf(value);
  return table === undefined ? value : (store.get(table, String(value)) ?? value);
}

// What answers leave out until it is asked for.
function included(
  { store }: World,
  { object, id }: Readonly<Record<string, unknown>>,
  step: string,
): object | undefined {
  if (object === 'checkout.session' && step === 'line_items') {
    const data = store.get('lineItems', String(id))?.items ?? [];
    return { object: 'list', data, has_more: false, url: `/v1/checkout/sessions/${String(id)}/line_items` };
  }
  if (object === 'charge' && step === 'refunds') {
    const data = store.all('refunds').filter(({ charge }) => charge === id);
    return { object: 'list', data: data.toReversed(), has_more: false, url: `/v1/charges/${String(id)}/refunds` };
  }
  return undefined;
}
