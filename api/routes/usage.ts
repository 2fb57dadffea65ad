// POST /v1/usage: the intake. Answered only when committed.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { recordUsage } from '../../commands/record-usage';
import type { Answer } from '../../contract/operations';
import { parseUsageBatch, type UsageBatch, UsageReader } from '../../domain/usage';
import { operators } from '../access';
import type { Api } from '../api';
import { readBatch } from '../intake/batch';
import { blocksOf } from '../intake/blocks';
import { readLines } from '../intake/lines';
import { describe } from '../openapi';

const ndjson = 'application/x-ndjson';

const schema = describe({
  id: 'recordUsage',
  tag: 'Usage',
  summary: 'Report usage',
  description: `One malformed report refuses the batch, with its faults by index up to the thousandth, where reading stops;
nothing of it is stored. Reports without length (from = to) are right and count for nothing (ignored). As
\`${ndjson}\` every line is a report. Source and completeThrough then stand in the query, or in a first line of their own:
\`{"source": …, "completeThrough": …}\`; indexes count the reports from 0. The same reports again change nothing.`,
  consumes: ['application/json', ndjson],
});

/** Registered in a context of its own: only here is NDJSON understood, and a body read while it arrives. */
export async function usageIntakeRoutes(app: FastifyInstance, api: Api): Promise<void> {
  app.removeAllContentTypeParsers();
  for (const [mediaType, read] of [
    ['application/json', readBatch],
    [ndjson, readLines],
  ] as const) {
    app.addContentTypeParser(mediaType, (_request, _payload, done) => done(null, read));
  }
  app.post(
    '/v1/usage',
    { config: { access: { roles: operators, of: 'nobody' } }, schema },
    async (request, reply): Promise<Answer<'recordUsage'>> => {
      const nowMs = await api.clock();
      const batch = await batchOf(request, { nowMs, bodyLimitBytes: api.bodyLimitBytes });
      const receipt = await recordUsage(api.db, api.appender, { batch, nowMs });
      reply.code(202);
      return receipt;
    },
  );
}

type Reading = typeof readBatch | typeof readLines;

// What the parsers leave as the body is how to read it: the clock of the handler is needed for that.
async function batchOf(
  request: FastifyRequest,
  { nowMs, bodyLimitBytes }: { readonly nowMs: number; readonly bodyLimitBytes: number },
): Promise<UsageBatch> {
  const read = request.body as Reading | undefined;
  if (read === undefined) return parseUsageBatch(undefined, { nowMs });
  const reader = new UsageReader({ nowMs });
  const body = await read(blocksOf(request.raw, bodyLimitBytes), reader, request.query as object);
  return reader.finish(body);
}
