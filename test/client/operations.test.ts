import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { type Client, createClient, type Tagged } from '../../client/http';
import { type Answer, type OperationId, operations } from '../../contract/operations';
import type { Wire } from '../../contract/shape';
import { type OpenApi, operationsOf } from '../api/described';
import { type Minutebook, startMinutebook } from '../api/minutebook';

// Lists are read to their last page, and a workspace that is not there is undefined, as is what the caller has already. All
// else is answered as it came.
type Item<Given> = Given extends { readonly items: readonly (infer Each)[] } ? Each : never;
type Expected<Id extends OperationId> = Id extends 'listGates'
  ? Tagged<Item<Answer<Id>>> | undefined
  : Id extends `list${string}`
    ? Item<Answer<Id>>[]
    : Id extends 'getWorkspace' | 'getPaymentMethod'
      ? Answer<Id> | undefined
      : Id extends 'getUsageHours'
        ? Omit<Answer<Id>, 'next'>
        : Answer<Id>;
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
type Answered<Id extends OperationId> = Awaited<ReturnType<Client[Id]>>;

type Body<Id extends OperationId> = (typeof operations)[Id] extends { readonly body: infer Schema extends TSchema }
  ? Wire<Schema>
  : undefined;
type Taken<Id extends OperationId> = Parameters<Client[Id]>[number] | undefined;

type Drifted = {
  [Id in OperationId]: Same<Answered<Id>, Expected<Id>> extends true ? (Body<Id> extends Taken<Id> ? never : Id) : Id;
}[OperationId];

// The compiler names what has drifted.
const nothingDrifted: [Drifted] extends [never] ? true : Drifted = true;

// Each call once, with ids that an address would take for more than they are.
const calls: { readonly [Id in OperationId]: (client: Client) => Promise<unknown> } = {
  live: (client) => client.live(),
  ready: (client) => client.ready(),
  meteringHealth: (client) => client.meteringHealth(),
  paymentsHealth: (client) => client.paymentsHealth(),
  mailHealth: (client) => client.mailHealth(),
  guardHealth: (client) => client.guardHealth(),
  stripeEventsHealth: (client) => client.stripeEventsHealth(),
  listSetAside: (client) => client.listSetAside(),
  listAudit: (client) =>
    client.listAudit({ workspace: 'a&b', action: 'grant.given', actor: 'a&b', from: 'f', to: 't' }),
  createKey: (client) => client.createKey({ role: 'platform', name: 'n' }),
  listKeys: (client) => client.listKeys(),
  rotateKey: (client) => client.rotateKey('a/b?c', { validFor: '0s' }),
  revokeKey: (client) => client.revokeKey('a/b?c'),
  recordUsage: (client) => client.recordUsage({ source: 's', reports: [] }),
  getUsage: (client) => client.getUsage('a/b?c', { period: '2025-01' }),
  getUsageHours: (client) => client.getUsageHours('a/b?c', { from: '2025-01-01T00:00:00+01:00' }),
  getUsageDay: (client) => client.getUsageDay('a/b?c', '2025-01-31'),
  getUsageDays: (client) => client.getUsageDays('a/b?c', { period: '2025-01' }),
  getUsageReplicas: (client) => client.getUsageReplicas('a/b?c', { model: 'm/1', version: 'v&1' }),
  createWebhookEndpoint: (client) => client.createWebhookEndpoint({ url: 'https://a.example/?b' }),
  listWebhookEndpoints: (client) => client.listWebhookEndpoints(),
  getWebhookEndpoint: (client) => client.getWebhookEndpoint('a/b?c'),
  changeWebhookEndpoint: (client) => client.changeWebhookEndpoint('a/b?c', { enabled: true }),
  removeWebhookEndpoint: (client) => client.removeWebhookEndpoint('a/b?c'),
  rotateWebhookSecret: (client) => client.rotateWebhookSecret('a/b?c', { validFor: '0s' }),
  testWebhookEndpoint: (client) => client.testWebhookEndpoint('a/b?c'),
  replayWebhooks: (client) => client.replayWebhooks('a/b?c', { since: '2025-01-01T00:00:00Z' }),
  listWebhookEvents: (client) => client.listWebhookEvents({ type: 'invoice.paid', workspace: 'a&b' }),
  listWebhookDeliveries: (client) => client.listWebhookDeliveries({ endpoint: 'a&b', event: 'e', state: 'failed' }),
  listEpisodes: (client) => client.listEpisodes({ workspace: 'a&b' }),
  summarizeEpisodes: (client) => client.summarizeEpisodes({ from: '2025-01-01T00:00:00+01:00' }),
  listQuarantine: (client) => client.listQuarantine(),
  replayQuarantine: (client) => client.replayQuarantine({ workspace: 'acme' }),
  dropQuarantined: (client) => client.dropQuarantined({ workspace: 'acme', reason: 'r' }),
  listSources: (client) => client.listSources(),
  putPrices: (client) => client.putPrices([]),
  listPrices: (client) => client.listPrices({ workspace: 'a&b' }),
  putWorkspace: (client) => client.putWorkspace('a/b?c', { name: 'A', billingEmail: 'a@b.example' }),
  getWorkspace: (client) => client.getWorkspace('a/b?c'),
  changeBilling: (client) => client.changeBilling('a/b?c', { taxId: null }),
  listWorkspaces: (client) => client.listWorkspaces(),
  makeBillingPage: (client) => client.makeBillingPage('a/b?c', { view: 'invoices', readOnly: true }),
  getPageSession: (client) => client.getPageSession('a/b?c'),
  getPaymentLink: (client) => client.getPaymentLink('a/b?c'),
  startLinkedTask: (client) => client.startLinkedTask('a/b?c'),
  putTerms: (client) => client.putTerms('a/b?c', { effectiveFrom: '2025-01-01T00:00:00Z', plan: 'p' }),
  listTerms: (client) => client.listTerms('a/b?c'),
  addGrant: (client) =>
    client.addGrant('a/b?c', { key: 'k', kind: 'free', amount: '1', validFrom: '2025-01-01T00:00:00Z' }),
  endGrant: (client) => client.endGrant('a/b?c', 'k/1', {}),
  getCredits: (client) => client.getCredits('a/b?c'),
  listCreditMovements: (client) => client.listCreditMovements('a/b?c'),
  getForecast: (client) => client.getForecast('a/b?c', { period: '2025-01' }),
  listPeriods: (client) => client.listPeriods('a/b?c'),
  closePeriod: (client) => client.closePeriod('a/b?c', { period: '2025-01' }),
  startPaymentMethodSetup: (client) => client.startPaymentMethodSetup('a/b?c', { returnUrl: 'https://a.example/?b' }),
  getPaymentMethod: (client) => client.getPaymentMethod('a/b?c'),
  removePaymentMethod: (client) => client.removePaymentMethod('a/b?c'),
  listEmails: (client) => client.listEmails('a/b?c'),
  resendEmail: (client) => client.resendEmail('a/b?c', { to: 'all' }),
  recordBounce: (client) => client.recordBounce('From: a\r\n\r\n', { recipient: 'b-x@a&b.example' }),
  getGate: (client) => client.getGate('a/b?c', { model: 'm/1', version: 'v' }),
  listGates: (client) => client.listGates(),
  reportRefusedDeploy: (client) => client.reportRefusedDeploy('a/b?c', { model: 'm' }),
  getGuard: (client) => client.getGuard('a/b?c'),
  suspendWorkspace: (client) => client.suspendWorkspace('a/b?c', { reason: 'r' }),
  liftSuspension: (client) => client.liftSuspension('a/b?c'),
  pausePastDue: (client) => client.pausePastDue('a/b?c', { until: '2025-02-01T00:00:00Z', reason: 'r' }),
  endPastDuePause: (client) => client.endPastDuePause('a/b?c'),
  listInvoices: (client) => client.listInvoices('a/b?c'),
  getInvoice: (client) => client.getInvoice('inv:a/b'),
  getInvoicePayments: (client) => client.getInvoicePayments('i/1'),
  payInvoice: (client) => client.payInvoice('i/1', { returnUrl: 'https://a.example/?b' }),
  recordPayment: (client) => client.recordPayment('i/1', { key: 'k', amount: '1', reference: 'r' }),
  refundInvoice: (client) => client.refundInvoice('i/1', { key: 'k', amount: '1', reason: 'r' }),
  listRefunds: (client) => client.listRefunds('i/1'),
  writeOffInvoice: (client) => client.writeOffInvoice('i/1', { key: 'k', reason: 'r' }),
  getInvoicePdf: (client) => client.getInvoicePdf('inv:a/b'),
  getInvoiceCsv: (client) => client.getInvoiceCsv('inv:a/b'),
  getInvoiceUsageCsv: (client) => client.getInvoiceUsageCsv('inv:a/b'),
  creditInvoice: (client) => client.creditInvoice('inv:a/b', { key: 'k', reason: 'r', amount: '1' }),
  voidInvoice: (client) => client.voidInvoice('inv:a/b', { key: 'k', reason: 'r', usage: 'owed' }),
  correctUsage: (client) => client.correctUsage('a/b?c', { key: 'k', reason: 'r', void: [] }, { preview: true }),
  listCorrections: (client) => client.listCorrections('a/b?c'),
  getCorrection: (client) => client.getCorrection('a/b?c', 'k/1'),
  takeCorrectionBack: (client) => client.takeCorrectionBack('a/b?c', 'k/1'),
  listCreditNotes: (client) => client.listCreditNotes('inv:a/b'),
  getCreditNote: (client) => client.getCreditNote('cn:a/b'),
  getCreditNotePdf: (client) => client.getCreditNotePdf('cn:a/b'),
  getCreditNoteCsv: (client) => client.getCreditNoteCsv('cn:a/b'),
  getUpcomingInvoice: (client) => client.getUpcomingInvoice('a/b?c', { period: '2025-01' }),
};

let book: Minutebook;
let server: Server;
const seen: { method: string; url: string; idempotencyKey: string | undefined }[] = [];
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  server = createServer(({ method = '', url = '', headers }, response) => {
    seen.push({ method, url, idempotencyKey: headers['idempotency-key'] as string | undefined });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await book.close();
});

test('every operation that is described has a call of its name, and every call an operation', async () => {
  const { body } = await book.call<OpenApi>('GET', '/openapi.json');
  const described = operationsOf(body).map(({ operation }) => operation.operationId);
  const client = createClient({ url: 'http://127.0.0.1:1', key: 'k' });
  const { with: _, ...calls } = client;
  expect(described.sort()).toEqual(Object.keys(calls).sort());
  expect(Object.keys(operations).sort()).toEqual(described);
  expect(nothingDrifted).toBe(true);
});

test.each(Object.keys(calls) as OperationId[])('%s calls its operation, whatever its arguments hold', async (id) => {
  const { body } = await book.call<OpenApi>('GET', '/openapi.json');
  const { port } = server.address() as AddressInfo;
  await calls[id](createClient({ url: `http://127.0.0.1:${port}`, key: 'k' }));
  const call = seen.at(-1);
  const url = new URL(call?.url ?? '', 'http://localhost');
  const hit = operationsOf(body).find((each) => each.method === call?.method && each.path.test(url.pathname));
  expect(hit?.operation.operationId).toBe(id);
  const headers = (hit?.operation.parameters ?? []).filter((each) => 'in' in each && each.in === 'header');
  const needsKey = headers.some((each) => 'name' in each && each.name === 'Idempotency-Key' && each.required);
  if (needsKey) expect(call?.idempotencyKey).toMatch(/./);
  if (url.pathname.includes('a%2Fb')) expect(decodeURIComponent(url.pathname)).toMatch(/a\/b/);
  const known = Object.keys(('query' in operations[id] && (operations[id].query as TSchema)['properties']) || {});
  for (const name of url.searchParams.keys()) expect(known).toContain(name);
});

test('what the client has of the contract are types: nothing of it runs where the client does', () => {
  const directory = path.join(__dirname, '..', '..', 'client');
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const imports = readFileSync(path.join(directory, file), 'utf8').match(/^import [^;]*contract\/[^;]*;/gm) ?? [];
    for (const each of imports) expect(each).toMatch(/^import type /);
  }
});
