// The description for people: Swagger UI over /openapi.json, its files out of its package, so that no other host is asked.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { MinutebookError } from '../../domain/errors';

const open = { config: { access: 'open' }, schema: { hide: true } } as const;

// Addresses are relative, so that they hold behind a path of PUBLIC_URL, too.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Minutebook: HTTP API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon-32x32.png">
</head>
<body>
<main id="api"><p>Reads the description, which needs JavaScript; it is at <a href="openapi.json">openapi.json</a>.</p></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

// A key that somebody enters is kept by the tab alone, and goes nowhere but here.
const start = `window.onload = () => SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: false,
  showCommonExtensions: true,
  validatorUrl: null,
});
`;

const types: { readonly [name: string]: string } = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

export function docsRoutes(app: FastifyInstance): void {
  const directory = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  const read = new Map<string, Promise<Buffer>>();
  const send = (reply: FastifyReply, type: string, body: string | Buffer) =>
    reply.headers(headers).type(type).send(body);

  app.get('/docs', open, (_request, reply) => send(reply, 'text/html; charset=utf-8', page));
  app.get('/docs/start.js', open, (_request, reply) => send(reply, 'text/javascript; charset=utf-8', start));

  app.get('/docs/:file', open, async (request, reply) => {
    const { file: name } = request.params as { readonly file: string };
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) throw new MinutebookError({ code: 'not_found', detail: 'there is no such file of /docs' });
    // 1.9 MB, read and made small once, by whoever looks first.
    const found = read.get(name) ?? readFile(path.join(directory, name)).then(promisify(gzip));
    read.set(name, found);
    reply.header('cache-control', 'public, max-age=3600').header('content-encoding', 'gzip');
    return send(reply, type, await found);
  });
}
