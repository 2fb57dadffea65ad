// POST /v1/usage: the intake. Answered only when committed.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Answer } from '../../contract/operations';
import { UsageEvent, UsageEvents, UsageLines } from '../../contract/usage';
import { parseUsageBatch, type UsageBatch, UsageReader } from '../../domain/usage';
import { operators } from '../access';
import type { Api } from '../api';
import { takeArrival } from '../arrival';
import { refuseBehind } from '../intake/backlog';
import { readBatch } from '../intake/batch';
import { type Arrival, blocksOf, type Limit } from '../intake/blocks';
import { readEncoding } from '../intake/encoding';
import { readEvents } from '../intake/events';
import { type Heading, readLines } from '../intake/lines';
import { storeBatches, storingLanes } from '../intake/receiving';
import { describe } from '../openapi';

const json = 'application/json';
const ndjson = 'application/x-ndjson';
const event = 'application/cloudevents+json';
const events = 'application/cloudevents-batch+json';

const schema = describe({
  id: 'recordUsage',
  tag: 'Usage',
  summary: 'Report usage',
  description: `One malformed report refuses the batch, with its faults by index up to the thousandth, where reading stops;
nothing of it is stored. Reports without length (from = to) are right and count for nothing (ignored). The same reports
again change nothing.

As \`${ndjson}\` every line is a report. Source and completeThrough then stand in the query, or in a first line of their own:
\`{"source": …, "completeThrough": …}\`; indexes count the reports from 0. It may have any length: it is stored in batches of
about 10,000 reports while it arrives, the mark with the last. A malformed line refuses the batch that it is in, and reading
stops there; the problem's \`committed\` says what is stored before.

As CloudEvents 1.0, structured or batch, every event is a report: type \`minutebook.usage\`, the report as data, the source
as source; the extension \`completethrough\` is a mark. Stored a source after the other, once all events are found right.

A body may come as Content-Encoding gzip or zstd, within the limit on what it unfolds to.`,
  otherwise: { [ndjson]: UsageLines, [event]: UsageEvent, [events]: UsageEvents },
});

/** How to read a body; the parsers leave it as the body, as the handler's clock is needed for it. */
type Reading = (request: FastifyRequest, api: Api) => AsyncIterable<UsageBatch> | Promise<Iterable<UsageBatch>>;

/** Registered in a context of its own: only here are these media types understood, and a body read while it arrives. */
export async function usageIntakeRoutes(app: FastifyInstance, api: Api): Promise<void> {
  app.removeAllContentTypeParsers();
  const readings = { [json]: readWhole, [ndjson]: readParts, [event]: readOneEvent, [events]: readManyEvents };
  for (const [mediaType, reading] of Object.entries<Reading>(readings)) {
    app.addContentTypeParser(mediaType, (_request, _payload, done) => done(null, reading));
  }
  const refuseWhereBehind = refuseBehind(api);
  const storing = storingLanes(api);
  app.post(
    '/v1/usage',
    {
      config: { access: { roles: operators, of: 'nobody' }, unfolds: true, rateLimit: 'intake' },
      schema,
    },
    async (request, reply): Promise<Answer<'recordUsage'>> => {
      await refuseWhereBehind();
      const reading = (request.body as Reading | undefined) ?? readNothing;
      const {
        batches,
        reports: _,
        ...counts
      } = await storeBatches({ ...api, storing }, batchesOf(reading, request, api));
      reply.code(202);
      return reading === readParts ? { ...counts, batches } : counts;
    },
  );
}

async function* batchesOf(reading: Reading, request: FastifyRequest, api: Api): AsyncGenerator<UsageBatch> {
  yield* await reading(request, api);
}

const readNothing: Reading = async (_, { clock }) => [parseUsageBatch(undefined, { nowMs: await clock() })];

const readWhole: Reading = async (request, api) => {
  const reader = new UsageReader({ nowMs: await api.clock() });
  return [reader.finish(await readBatch(arriving(request, api, 'body'), reader))];
};

const readParts: Reading = (request, api) =>
  readLines(arriving(request, api, 'block'), {
    asked: request.query as Heading,
    newReader: async (firstIndex) => new UsageReader({ nowMs: await api.clock(), firstIndex }),
  });

const readOneEvent: Reading = (request, api) => readEventsOf(request, api, { isBatch: false });
const readManyEvents: Reading = (request, api) => readEventsOf(request, api, { isBatch: true });

async function readEventsOf(request: FastifyRequest, api: Api, { isBatch }: { readonly isBatch: boolean }) {
  const nowMs = await api.clock();
  const of = { reader: new UsageReader({ nowMs }), nowMs, asked: request.query as Heading, isBatch };
  return readEvents(arriving(request, api, 'body'), of);
}

function arriving(request: FastifyRequest, api: Api, per: Arrival['patience']['per']) {
  const encoding = readEncoding(request.headers['content-encoding']);
  takeArrival(request);
  const whole: Limit = { bytes: api.bodyLimitBytes, setting: 'BODY_LIMIT_BYTES' };
  const unfolded: Limit = { bytes: api.unfoldedLimitBytes ?? 256 * 1024 ** 2, setting: 'UNFOLDED_LIMIT_BYTES' };
  const limits = [...(per === 'body' ? [whole] : []), ...(encoding === 'identity' ? [] : [unfolded])];
  const [limit] = limits.sort((one, other) => one.bytes - other.bytes);
  return blocksOf(request.raw, { encoding, limit, patience: { ms: api.requestTimeoutMs ?? 60_000, per } });
}
