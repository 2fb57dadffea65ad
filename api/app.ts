// Builds the HTTP API, without listening.
import { type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify';
import { came } from '../domain/body';
import { MinutebookError } from '../domain/errors';
import { inTurns } from '../gateways/pdf/in-turns';
import { createMetrics } from '../runtime/metrics';
import { guardRoutes as guardAccess } from './access';
import { countAnswers } from './answers';
import type { Api } from './api';
import { limitArrival } from './arrival';
import { endIdleAtClose } from './closing';
import { tagAnswers } from './etag';
import { keepAnswers } from './idempotency/idempotency';
import { parseJson } from './json/parse';
import { gatherKeyUses, writeKeyUses } from './key-uses';
import { knownKeys } from './known-keys';
import { rateLimits } from './limits/rate-limits';
import { linkPages } from './links';
import { noteMethods } from './methods';
import { describeRoutes } from './openapi';
import { unbuiltPage } from './page/billing-page';
import { visitsOf } from './page/visits';
import { answerBrokenRequest, answerWithProblems, sendProblem } from './problems';
import { createReplay } from './replaying';
import { auditRoutes } from './routes/audit';
import { billingPageRoutes } from './routes/billing-page';
import { correctionRoutes } from './routes/corrections';
import { creditNoteDownloadRoutes } from './routes/credit-note-downloads';
import { creditNoteRoutes } from './routes/credit-notes';
import { creditRoutes } from './routes/credits';
import { docsRoutes } from './routes/docs';
import { bounceRoutes, emailRoutes } from './routes/emails';
import { enterRoutes } from './routes/entering';
import { episodeRoutes } from './routes/episodes';
import { forecastRoutes } from './routes/forecast';
import { gateRoutes } from './routes/gate';
import { guardRoutes } from './routes/guard';
import { healthRoutes } from './routes/health';
import { invoiceDownloadRoutes } from './routes/invoice-downloads';
import { invoiceRoutes } from './routes/invoices';
import { keyRoutes } from './routes/keys';
import { linkRoutes } from './routes/links';
import { metricsRoutes } from './routes/metrics';
import { paymentMethodRoutes } from './routes/payment-method';
import { paymentPageRoutes } from './routes/payment-pages';
import { paymentRoutes } from './routes/payments';
import { periodRoutes } from './routes/periods';
import { priceRoutes } from './routes/prices';
import { problemPageRoutes } from './routes/problem-pages';
import { quarantineRoutes } from './routes/quarantine';
import { refundRoutes } from './routes/refunds';
import { setAsideRoutes } from './routes/set-aside';
import { sourceRoutes } from './routes/sources';
import { statementRoutes } from './routes/statement';
import { stripeWebhookRoutes } from './routes/stripe-webhook';
import { termsRoutes } from './routes/terms';
import { usageIntakeRoutes } from './routes/usage';
import { usageDetailRoutes } from './routes/usage-details';
import { usageReadingRoutes } from './routes/usage-reading';
import { webhookEndpointRoutes } from './routes/webhook-endpoints';
import { webhookRoutes } from './routes/webhooks';
import { workspaceRoutes } from './routes/workspaces';

// Of all documents together.
const drawnAtOnceMax = 3;

export async function buildApp(api: Api): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: api.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: Math.min(bodyBytesMax, api.bodyLimitBytes),
    ...timeLimits(api.requestTimeoutMs ?? 60_000),
    ...(api.trustedProxies === undefined || api.trustedProxies.length === 0
      ? {}
      : { trustProxy: [...api.trustedProxies] }),
    // An invoice's id holds its workspace's, of up to 128 characters; Fastify's own limit is 100.
    routerOptions: { maxParamLength: 256 },
    // Addresses that cannot be decoded or hold too long an id never reach the error handler.
    frameworkErrors: (error, request, reply) => sendProblem(request, reply, error),
    clientErrorHandler: answerBrokenRequest,
    // Calls that are still being answered get their answer before the process ends.
    forceCloseConnections: 'idle',
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      // Nothing is no body, whatever it is called: DELETE is sent so by whoever names the type with every call.
      done(null, body.length === 0 ? undefined : parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  const metrics = createMetrics(api);
  countAnswers(app, metrics.registry);
  answerWithProblems(app, noteMethods(app));
  limitArrival(app, api.requestTimeoutMs ?? 60_000);
  endIdleAtClose(app);
  refuseEncodedBodies(app);
  const { publicUrl, returnOrigins, seller } = api.settings;
  const page = api.page ?? unbuiltPage(seller.name);
  const isSecure = publicUrl?.startsWith('https:') ?? false;
  const visits = visitsOf({ db: api.db, clock: api.clock, idleMs: page.idleMs, isSecure });
  const uses = gatherKeyUses(api.db);
  const keys = knownKeys({ db: api.db, clock: api.clock, uses });
  writeKeyUses(app, uses, api.log);
  const limits = rateLimits(api.rateLimits);
  guardAccess(app, keys, { browsers: { visits, publicUrl, returnOrigins }, limits });
  keepAnswers(app, api);
  linkPages(app);
  tagAnswers(app);
  logAnswers(app);
  await describeRoutes(app);

  const replay = createReplay(app, api);
  healthRoutes(app, api);
  metricsRoutes(app, metrics);
  docsRoutes(app);
  problemPageRoutes(app, { ...api, page });
  await app.register(usageIntakeRoutes, api);
  keyRoutes(app, api, keys);
  auditRoutes(app, api);
  priceRoutes(app, api, replay);
  workspaceRoutes(app, api, replay);
  termsRoutes(app, api);
  creditRoutes(app, api);
  statementRoutes(app, api);
  forecastRoutes(app, api);
  usageReadingRoutes(app, api);
  usageDetailRoutes(app, api);
  const drawing = { ...api, pdf: inTurns(api.pdf, drawnAtOnceMax) };
  invoiceRoutes(app, api);
  paymentRoutes(app, api);
  invoiceDownloadRoutes(app, drawing);
  creditNoteRoutes(app, api);
  creditNoteDownloadRoutes(app, drawing);
  correctionRoutes(app, api);
  refundRoutes(app, api);
  periodRoutes(app, api);
  quarantineRoutes(app, api, replay);
  sourceRoutes(app, api);
  setAsideRoutes(app, api);
  paymentMethodRoutes(app, api);
  gateRoutes(app, api);
  guardRoutes(app, api);
  emailRoutes(app, api);
  episodeRoutes(app, api);
  webhookEndpointRoutes(app, api);
  webhookRoutes(app, api);
  await app.register(bounceRoutes, api);
  billingPageRoutes(app, { ...api, page });
  linkRoutes(app, { ...api, page });
  await app.register(enterRoutes, { ...api, page, visits });
  await app.register(paymentPageRoutes, { ...api, page });
  await app.register(stripeWebhookRoutes, api);
  return app;
}

// Of usage alone a call may bring megabytes, and it is read while it arrives. Other bodies are parsed in one go, during
// which nobody else is answered: 10 ms for 1 MiB, which is 10,000 prices.
const bodyBytesMax = 1024 ** 2;

// A sender that stalls gives its place back. A connection on which nothing was sent yet counts as one whose headers are late;
// between two calls it may be idle for longer than the minute after which proxies close theirs.
function timeLimits(requestTimeoutMs: number) {
  const headersTimeout = Math.min(10_000, requestTimeoutMs);
  return {
    // Of bodies we say it ourselves (api/arrival.ts): some may come for ever.
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    http: { headersTimeout, connectionsCheckingInterval: Math.min(2_000, headersTimeout / 2) },
  };
}

// Of usage alone they are unfolded. Others would be read as broken JSON: say what is wrong instead. What comes with a GET is
// not read at all.
function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    const isUnread = request.method === 'GET' || request.method === 'HEAD';
    if (encoding === 'identity' || isUnread || request.routeOptions.config.unfolds === true) return;
    const detail = `expected a body without Content-Encoding, came ${came(encoding)}; send it as it is`;
    throw new MinutebookError({ code: 'unsupported_media_type', detail });
  });
}

// Reports come hundreds of times a second: a line for each would cost more than storing them.
function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    const level = request.method === 'GET' || request.routeOptions.url === '/v1/usage' ? 'debug' : 'info';
    const ms = Math.round(reply.elapsedTime);
    request.log[level]({ method: request.method, path: pathOf(request), status: reply.statusCode, ms }, 'answered');
    done();
  });
}

// A link's token opens it to whoever reads the log: also where it came by another method, or with something behind it. So
// does a key that somebody put into an address, where none belongs.
function pathOf({ url }: FastifyRequest): string {
  return url
    .replace(/(\/(?:billing\/enter|pay|method|v1\/links)\/)[\w-]{43,}/g, '$1:token')
    .replace(/mb_[a-z]+_[\w-]{20,}/g, ':key');
}
