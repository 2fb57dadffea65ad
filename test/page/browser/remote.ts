// An object of another process: what is read and called on it is remembered, and sent when somebody awaits it. So
// `await page.getByRole('button').click()` is one message, and reads as playwright's own.

export type Chain = readonly ({ readonly get: string } | { readonly call: readonly unknown[] })[];

/** Answers come as JSON; functions among the arguments are sent as their source, and know nothing of what is around them. */
export function remote<Target>(send: (chain: Chain) => Promise<unknown>, chain: Chain = []): Target {
  const further = (step: Chain[number]) => remote<unknown>(send, [...chain, step]);
  const isCalled = chain.length > 0 && 'call' in (chain[chain.length - 1] as object);
  return new Proxy(() => undefined, {
    get: (_target, name) => {
      if (typeof name === 'symbol') return undefined;
      if (name !== 'then') return further({ get: name });
      if (!isCalled) return undefined;
      const answer = () => send(chain).then(decoded);
      return (resolve: (value: unknown) => void, reject: (error: unknown) => void) => answer().then(resolve, reject);
    },
    apply: (_target, _self, args) => further({ call: args.map(encoded) }),
  }) as Target;
}

function encoded(value: unknown): unknown {
  if (typeof value === 'function') return { source: String(value) };
  if (value instanceof RegExp) return { pattern: value.source, flags: value.flags };
  if (Array.isArray(value)) return value.map(encoded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, encoded(inner)]));
}

function decoded(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'base64' in value)
    return Buffer.from(String(value.base64), 'base64');
  return value;
}
