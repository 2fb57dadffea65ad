// Which methods an address has, for whoever calls it with another.
import type { FastifyInstance } from 'fastify';

/** The methods of the path of a URL; none where there is no such address. */
export type MethodsOf = (path: string) => readonly string[];

/** To be called before the routes are added: notes each. */
export function noteMethods(app: FastifyInstance): MethodsOf {
  const routes: { readonly segments: readonly string[]; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ segments: url.split('/'), methods: [method].flat() });
  });
  return (path) => {
    const segments = path.split('/');
    const methods = routes.filter((route) => fits(route.segments, segments)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  };
}

function fits(route: readonly string[], path: readonly string[]): boolean {
  return (
    route.length === path.length &&
    route.every((segment, at) => (segment.startsWith(':') ? path[at] !== '' : segment === path[at]))
  );
}
