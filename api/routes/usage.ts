// POST /v1/usage: the intake. Answered only when committed.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { recordUsage } from '../../commands/record-usage';
import { FaultList, isAbsent } from '../../domain/body';
import { parseUsageBatch, parseUsageLines } from '../../domain/usage';
import { operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';

const ndjson = 'application/x-ndjson';

const schema = describe({
  id: 'recordUsage',
  tag: 'Usage',
  summary: 'Report usage',
  description: `One malformed report refuses the batch, with every fault by index; nothing of it is stored. As
\`${ndjson}\` every line is a report. Source and completeThrough then stand in the query, or in a first line of their own:
\`{"source": …, "completeThrough": …}\`; indexes count the reports from 0. The same reports again change nothing.`,
  consumes: ['application/json', ndjson],
});

/** Registered in a context of its own: only here is NDJSON understood. */
export async function usageIntakeRoutes(app: FastifyInstance, api: Api): Promise<void> {
  app.addContentTypeParser(ndjson, { parseAs: 'string' }, (_request, text, done) => {
    done(null, new Lines(String(text)));
  });
  app.post('/v1/usage', { config: { access: { roles: operators, of: 'nobody' } }, schema }, async (request, reply) => {
    const nowMs = await api.clock();
    const batch = parseUsageBatch(bodyOf(request), { nowMs });
    const receipt = await recordUsage(api.db, api.appender, { batch, nowMs });
    return reply.code(202).send(receipt);
  });
}

class Lines {
  constructor(readonly text: string) {}
}

function bodyOf(request: FastifyRequest): unknown {
  return request.body instanceof Lines ? batchOfLines(request.body, request.query) : request.body;
}

type Heading = { readonly source?: unknown; readonly completeThrough?: unknown };

// What the query and the first line both say must be the same.
function batchOfLines({ text }: Lines, query: unknown): unknown {
  const items = parseUsageLines(text);
  const [first] = items;
  const asked = query as Heading;
  const stated = isHeading(first) ? first : {};
  const faults = new FaultList();
  for (const name of ['source', 'completeThrough'] as const) {
    if (!isAbsent(asked[name]) && !isAbsent(stated[name]) && asked[name] !== stated[name]) {
      faults.at()(name, 'expected it once, came one in the query and another in the first line');
    }
  }
  faults.throwIfAny('invalid_usage', 'the usage is');
  const { source = asked.source, completeThrough = asked.completeThrough, ...unknown } = stated;
  const reports = isHeading(first) ? items.slice(1) : items;
  return { ...unknown, source, ...(isAbsent(completeThrough) ? {} : { completeThrough }), reports };
}

function isHeading(line: unknown): line is Heading {
  return typeof line === 'object' && line !== null && 'source' in line && !('workspace' in line);
}
