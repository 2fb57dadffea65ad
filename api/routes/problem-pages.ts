// What an error means, for whoever looks its type up here: GET /problems/{code}.
import type { FastifyInstance } from 'fastify';
import { problemTexts } from '../../contract/problem-texts';
import { problemFacts } from '../../contract/problems-page';
import { type ErrorCode, errorRegistry, MinutebookError } from '../../domain/errors';
import type { PagedApi } from '../api';
import { pageHeaders, pageOf } from '../pages/page';

export function problemPageRoutes(app: FastifyInstance, api: PagedApi): void {
  app.get('/problems/:code', { config: { access: 'open' }, schema: { hide: true } }, (request, reply) => {
    const { code } = request.params as { readonly code: string };
    if (!isCode(code)) {
      const detail = `there is no such problem; there are ${Object.keys(errorRegistry).join(', ')}`;
      throw new MinutebookError({ code: 'not_found', detail });
    }
    const { when, mend } = problemTexts[code];
    const shown = {
      heading: errorRegistry[code].title,
      paragraphs: [when, mend].map((text) => text.replaceAll('`', '')),
      facts: problemFacts(code).map(([label, value]) => ({ label, value })),
    };
    return reply.headers(pageHeaders()).send(pageOf(shown, { seller: api.page.platform.name }));
  });
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorRegistry, text);
}
