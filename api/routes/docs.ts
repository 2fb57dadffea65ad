// The description for people: Swagger UI over /openapi.json, its files out of its package, so that no other host is asked. And for
// programs that read for them: /llms.txt, and the guides that it names as they are in docs/.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { guides, llmsPage } from '../../contract/llms-page';
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

type Served = { readonly type: string; readonly path: string };

const project = path.resolve(__dirname, __dirname.includes(`${path.sep}dist${path.sep}`) ? '../../..' : '../..');
const markdown = 'text/markdown; charset=utf-8';

function servedFiles(): { readonly [file: string]: Served } {
  const program = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  const of = (directory: string, file: string, type: string) => ({
    [file]: { type, path: path.join(directory, file) },
  });
  const docs = path.join(project, 'docs');
  return {
    ...of(program, 'swagger-ui.css', 'text/css; charset=utf-8'),
    ...of(program, 'swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
    ...of(program, 'favicon-32x32.png', 'image/png'),
    ...of(docs, 'platform-openapi.json', 'application/json'),
    ...Object.assign({}, ...Object.keys(guides).map((file) => of(docs, file, markdown))),
    'client.md': { type: markdown, path: path.join(project, 'client', 'README.md') },
  };
}

const llms = llmsPage({ docs: 'docs/', root: '', client: 'docs/client.md' });

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

// Where dist/ was put up without docs/.
function absent(cause: unknown): never {
  throw new MinutebookError({ code: 'not_found', detail: 'this file of /docs was not put up with the API', cause });
}

export function docsRoutes(app: FastifyInstance): void {
  const served = servedFiles();
  const read = new Map<string, Promise<Buffer>>();
  const send = (reply: FastifyReply, type: string, body: string | Buffer) =>
    reply.headers(headers).type(type).send(body);

  app.get('/docs', open, (_request, reply) => send(reply, 'text/html; charset=utf-8', page));
  app.get('/llms.txt', open, (_request, reply) => send(reply, 'text/plain; charset=utf-8', llms));
  app.get('/docs/start.js', open, (_request, reply) => send(reply, 'text/javascript; charset=utf-8', start));

  app.get('/docs/:file', open, async (request, reply) => {
    const { file: name } = request.params as { readonly file: string };
    const file = Object.hasOwn(served, name) ? served[name] : undefined;
    if (file === undefined) throw new MinutebookError({ code: 'not_found', detail: 'there is no such file of /docs' });
    // 1.9 MB, read and made small once, by whoever looks first.
    const found = read.get(name) ?? readFile(file.path).then(promisify(gzip), absent);
    read.set(name, found);
    const body = await found;
    reply.header('cache-control', 'public, max-age=3600').header('content-encoding', 'gzip');
    return send(reply, file.type, body);
  });
}
