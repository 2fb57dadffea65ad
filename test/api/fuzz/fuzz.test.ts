// Requests made from the OpenAPI document, right, nearly right and hostile, with the key of every role: whatever comes, no answer
// is a failure of ours, none is otherwise than described, and the books still add up. FUZZ_SEED (a number, or `random`), FUZZ_RUNS
// (requests an operation) and FUZZ_SECONDS search further.
import * as fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { createApiKey } from '../../../commands/create-key';
import { readBooks } from '../../../db/books/trial-balance';
import { describedBy, type OpenApi, operationsOf } from '../described';
import { invoiceId, type PayingBook, startPayingBook } from '../paying-book';
import { type Pools, requestsTo, type Sent } from './requests';

const seedAsked = process.env['FUZZ_SEED'] ?? '20250131';
const seed = seedAsked === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(seedAsked);
const runs = Number(process.env['FUZZ_RUNS'] ?? 30);
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 45);

let book: PayingBook;
let keys: readonly string[];
const pools: Pools = {
  workspace: ['acme', 'other', 'nobody'],
  month: ['2025-01', '2025-02', '2025-03'],
  period: ['2025-01', '2025-02'],
  day: ['2025-01-02', '2025-02-01'],
  invoice: [invoiceId(), invoiceId('other')],
  note: ['cn:acme:1', 'cn:other:1'],
  model: ['m'],
  id: [],
  'resendEmail.key': [`invoice-issued:${invoiceId()}`],
  'endGrant.key': ['welcome', 'k', 'acme'],
  'getCorrection.key': ['k', 'acme', 'outage-2025-01-17'],
  'takeCorrectionBack.key': ['k', 'acme'],
  cursor: [],
};

beforeAll(async () => {
  book = await startPayingBook();
  await book.call('PUT', '/v1/workspaces/other', {
    body: { name: 'Other', billingEmail: 'billing@other.example', startsAt: '2025-01-01T00:00:00Z' },
  });
  for (const workspace of ['acme', 'other']) await book.issue(workspace);
  const workspace = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'acme' });
  const read = await createApiKey(book.db, { role: 'read', name: 'auditor' });
  // Mostly such as may do what they ask for.
  keys = [
    ...Array(10).fill(book.keys.admin),
    ...Array(2).fill(book.keys.platform),
    workspace,
    workspace,
    read,
    '',
    'nobody',
  ];
});
afterAll(() => book.close());

type Check = Awaited<ReturnType<typeof describedBy>>;
type Answered = { readonly status: number; readonly fault?: string };

async function send(sent: Sent, check: Check): Promise<Answered> {
  const response = await book.app.inject(sent as InjectOptions);
  const { statusCode: status, headers } = response;
  try {
    const body = /json/.test(String(headers['content-type'])) ? response.json() : response.body;
    gather(body);
    check({ method: sent.method, url: sent.url, status, body, headers });
  } catch (error) {
    return { status, fault: (error as Error).message };
  }
  return status >= 500 ? { status, fault: `answered ${status}: ${response.body.slice(0, 300)}` } : { status };
}

// What answers name can be asked for next.
function gather(body: unknown): void {
  const { id, next, key } = Object(body) as { readonly [name: string]: unknown };
  if (typeof next === 'string') pools['cursor']?.push(next);
  if (typeof id === 'string' && id.startsWith('key_') && typeof key === 'string') pools['id']?.push(id);
  if (typeof id === 'string' && id.startsWith('cn:')) pools['note']?.push(id);
}

function shown({ method, url, headers, payload }: Sent): string {
  const { authorization, ...others } = headers;
  const by = [...new Set(keys)].indexOf(authorization?.replace('Bearer ', '') ?? '');
  const what = `${method} ${url.slice(0, 300)} ${JSON.stringify(others)} by ${['admin', 'platform', 'workspace', 'read', 'none', 'nobody'][by]}`;
  return `${what}\n    ${payload?.toString().slice(0, 600) ?? '(no body)'}`;
}

test(
  'no request is answered with a failure, or otherwise than described',
  async () => {
    const check = await describedBy(book.app);
    const document = (await book.app.inject('/openapi.json')).json<OpenApi>();
    const operations = operationsOf(document).map((each) => ({
      ...each,
      requests: requestsTo(each, { document, pools, keys }),
    }));
    const faults = new Map<string, string>();
    const statuses = new Map<number, number>();
    const until = performance.now() + seconds * 1000;
    let sent = 0;
    for (let round = 0; round < runs && performance.now() < until; round++) {
      for (const [at, { operation, requests }] of operations.entries()) {
        const [request] = fc.sample(requests, { numRuns: 1, seed: seed + round * operations.length + at });
        if (request === undefined) continue;
        const { status, fault } = await send(request, check);
        sent++;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (fault !== undefined) faults.set(`${operation.operationId} ${status}`, `${fault}\n  ${shown(request)}`);
      }
    }
    const counted = [...statuses].sort(([one], [other]) => one - other).map(([status, count]) => `${status}: ${count}`);
    console.log(`fuzz: seed ${seed}, ${sent} requests to ${operations.length} operations; ${counted.join(', ')}`);
    expect([...faults.values()].join('\n')).toBe('');
    expect(sent).toBeGreaterThanOrEqual(operations.length);
  },
  (seconds + 60) * 1000,
);

test('after all that the books add up', async () => {
  const { checks } = await readBooks(book.db, { workspace: null, month: null });
  expect(checks.filter(({ holds }) => !holds)).toEqual([]);
});
