// Names are resolved by threads that a process has four of, which files and compression want as well: one that takes its time must
// not take them all.
import { type LookupAddress, lookup } from 'node:dns';
import type { Resolve } from './addresses';

type Answered = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** Resolves each name once at a time, for all who ask meanwhile, and so many names together. */
export function resolvingInTurns(atOnceMax: number, resolve: Resolve = lookup as Resolve): Resolve {
  const asking = new Map<string, Answered[]>();
  const waiting: (() => void)[] = [];
  let resolving = 0;
  const begin = (hostname: string, options: Parameters<Resolve>[1], name: string) => {
    resolving += 1;
    resolve(hostname, options, (error, addresses) => {
      resolving -= 1;
      waiting.shift()?.();
      const callbacks = asking.get(name) ?? [];
      asking.delete(name);
      for (const callback of callbacks) callback(error, addresses);
    });
  };
  return (hostname, options, callback) => {
    const name = `${hostname} ${options.family ?? 0}`;
    const others = asking.get(name);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    asking.set(name, [callback]);
    if (resolving < atOnceMax) begin(hostname, options, name);
    else waiting.push(() => begin(hostname, options, name));
  };
}
