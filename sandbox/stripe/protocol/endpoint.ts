// One call of the API: its address, what it takes, what it does. Reading comes first and by itself, since a request with
// wrong parameters was never executed.

import type { World } from '../world';
import type { RawObject } from './form';
import { type Fields, readParameters, type Values } from './parameters';

export type Method = 'GET' | 'POST' | 'DELETE';

type Definition<F extends Fields> = {
  readonly method: Method;
  /** Such as `/v1/customers/:id`. */
  readonly path: string;
  readonly fields: F;
  readonly required?: readonly (keyof F & string)[];
  /** What no single parameter shows, such as two that exclude each other. */
  readonly check?: (values: Values<F>) => void;
  readonly run: (world: World, values: Values<F>, id: string) => object;
};

export type Endpoint = {
  readonly method: Method;
  readonly path: string;
  /** Reads and checks; what it answers executes. */
  prepare(world: World, raw: RawObject, id: string): () => object;
};

export function endpoint<const F extends Fields>({
  method,
  path,
  fields,
  required = [],
  check,
  run,
}: Definition<F>): Endpoint {
  return {
    method,
    path,
    prepare: (world, raw, id) => {
      const values = readParameters(fields, raw, required);
      check?.(values);
      return () => run(world, values, id);
    },
  };
}
