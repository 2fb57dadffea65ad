// The package as callers get it: built, packed, installed into an empty project from its file, run and compiled there.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { components, operations } from '../../contract/operations';
import { writeContractTypes } from '../../scripts/client-package/contract-types';
import { takeTurn } from '../sandbox/starting';

jest.setTimeout(300_000);

const root = path.resolve(__dirname, '..', '..');
const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
// Each version of Node that is to be had here: the one that runs, and others that MINUTEBOOK_TEST_NODES names.
const nodes = [process.execPath, ...(process.env['MINUTEBOOK_TEST_NODES']?.split(':') ?? [])];

if (nodes.length === 1 && !process.version.startsWith('v20.')) {
  console.warn(`the package is tested on ${process.version} alone: MINUTEBOOK_TEST_NODES names no Node 20`);
}

let directory: string;
let server: Server;
let url: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'minutebook-package-'));
  // client/dist is one for all test files.
  const endTurn = await takeTurn('client package');
  await run(process.execPath, [path.join(root, 'dist', 'scripts', 'build-client.js')], root);
  const packing = await run('npm', ['pack', '--json', '--pack-destination', directory], path.join(root, 'client'));
  await endTurn();
  const { filename } = packed(packing);
  await writeFile(path.join(directory, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  // Nothing is asked of a registry: there is nothing to ask for.
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], directory);
  server = createServer(({ method, url: asked }, response) => {
    response.writeHead(method === 'POST' ? 202 : 200, { 'content-type': 'application/json' });
    const isList = asked?.startsWith('/v1/workspaces');
    response.end(JSON.stringify(isList ? { items: [{ id: 'acme' }] } : { accepted: 1, quarantined: 0, ignored: 0 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed: ${stdout}${stderr}`.slice(0, 5000));
  }
}

// npm 11 answers a list, later ones an object by name.
function packed(json: string): { readonly filename: string } {
  const found = Object.values(JSON.parse(json) as Record<string, { readonly filename: string }>)[0];
  if (found === undefined) throw new Error(`npm pack said ${json}`);
  return found;
}

const installed = () => path.join(directory, 'node_modules', 'minutebook-client');

const work = `
const client = createClient({ url: process.argv[2], key: 'k' });
const refused = [];
const batcher = createBatcher({ client, source: 'fleet', onRefused: (reports) => { refused.push(...reports); } });
const report = { workspace: 'acme', model: 'm', version: 'v', replica: 'r', instanceType: 'T4x1', phase: 'serving',
  from: '2025-01-01T00:00:00Z', to: '2025-01-01T00:01:00Z' };
async function main() {
  await batcher.add(report);
  await batcher.completeThrough('2025-01-01T00:01:00Z');
  await batcher.close();
  const found = [];
  for await (const { id } of client.listWorkspaces()) found.push(id);
  console.log(JSON.stringify({ found, counts: batcher.counts(), isError: new ProblemError({ call: 'c', status: 400, problem: {} }) instanceof Error }));
}
main();
`;
const imported = `import { createBatcher, createClient, ProblemError } from 'minutebook-client';\n`;
const required = `const { createBatcher, createClient, ProblemError } = require('minutebook-client');\n`;

describe.each(nodes)('with %s', (node) => {
  test.each([
    ['an ES module', 'calls.mjs', `${imported}${work}`],
    ['CommonJS', 'calls.cjs', `${required}${work}`],
  ])('%s calls the API and batches usage', async (_, file, text) => {
    await writeFile(path.join(directory, file), text);
    const said = JSON.parse(await run(node, [file, url], directory));
    expect(said).toMatchObject({ found: ['acme'], counts: { accepted: 1, pending: 0, refused: 0 }, isError: true });
  });

  test.each([
    ['an ES module', 'flows.mjs', "import * as flows from 'minutebook-client/temporal';\n"],
    ['CommonJS', 'flows.cjs', "const flows = require('minutebook-client/temporal');\n"],
  ])('%s has the workflows, where it has a Temporal client', async (_, file, text) => {
    await linkTemporal();
    const asked = 'const client = { workflow: { getHandle: (id) => ({ workflowId: id }) } };\n';
    const line =
      "console.log(flows.billingPeriodOf(client, { workspace: 'acme', month: '2025-01' }).workflowId, Object.keys(flows).sort().join());\n";
    await writeFile(path.join(directory, file), `${text}${asked}${line}`);
    const said = await run(node, [file], directory);
    expect(said).toContain('billing:acme:2025-01');
    expect(said).toMatch(/closeBillingPeriod,.*ensureGuard.*previewInvoice.*resendEmail/);
  });
});

test('it has no dependencies, and nothing in it but what callers need', async () => {
  const { version, dependencies, peerDependencies } = await readPackage(installed());
  expect(version).toBe((await readPackage(root)).version);
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies ?? {})).toEqual(['@temporalio/client']);
  expect((await readdir(path.join(directory, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual(
    expect.arrayContaining(['minutebook-client']),
  );
  const files = await readdir(installed(), { recursive: true, encoding: 'utf8' });
  const scripts = files.filter((file) => file.endsWith('.js'));
  expect(scripts.every((file) => /^dist\/(esm|cjs)\//.test(file))).toBe(true);
  for (const file of scripts) {
    const text = await readFile(path.join(installed(), file), 'utf8');
    expect(text).not.toMatch(/typebox/i);
    const packages = [...text.matchAll(/(?:require\(|from )["']([^."'][^"']*)["']/g)].map(([, name]) => name);
    expect(packages.filter((name) => name !== '@temporalio/client')).toEqual([]);
  }
  for (const file of files.filter((each) => each.endsWith('.d.ts'))) {
    expect(await readFile(path.join(installed(), file), 'utf8')).not.toMatch(
      /typebox|from ['"]\.\.?['"]|import\(['"]\.\.?['"]\)/i,
    );
  }
});

const uses = `
const client: Client = createClient({ url: 'http://127.0.0.1', key: 'k' });
export async function use(): Promise<string> {
  const report: UsageReport = { workspace: 'acme', model: 'm', version: 'v', replica: 'r', instanceType: 'T4x1', phase: 'serving',
    from: '2025-01-01T00:00:00Z', to: '2025-01-01T00:01:00Z' };
  // @ts-expect-error: there is no such phase
  const wrong: UsageReport = { ...report, phase: 'sleeping' };
  await client.recordUsage({ source: 'fleet', reports: [report, wrong] });
  const invoices: Invoice[] = await client.listInvoices('acme');
  for await (const { id } of client.listWorkspaces()) id.toUpperCase();
  const pdf: Uint8Array = await client.getInvoicePdf('inv');
  const { items } = await client.getUsageHours('acme', { from: '2025-01-01T00:00:00Z' });
  const batcher = createBatcher({ client, source: 'fleet', onRefused: (refused: readonly RefusedReport[]) => { refused.map((each) => each.report.replica); } });
  await batcher.close({ withinMs: 1000 });
  const bill = (await client.getUsage('acme')).bill;
  // @ts-expect-error: amounts are decimal strings
  const total: number = bill.total;
  return [pdf.length, items.length, total, invoices[0]?.bill.total].join();
}
`;
const usesFlows = `
export async function flow(temporal: Temporal): Promise<string> {
  const outcome = await billingPeriodOf(temporal, { workspace: 'acme', month: '2025-01' }).result();
  const { amountDue } = await previewInvoice(temporal, { workspace: 'acme' });
  const standing = await standingOfGuard(temporal, { workspace: 'acme' });
  // @ts-expect-error: who asks must be said
  await closeBillingPeriod(temporal, { workspace: 'acme', month: '2025-01' });
  return outcome.status === 'invoiced' ? outcome.totalCents + amountDue + standing?.state : outcome.because;
}
`;
const types = 'createBatcher, createClient, type Client, type Invoice, type RefusedReport, type UsageReport';
const flows = 'billingPeriodOf, closeBillingPeriod, previewInvoice, standingOfGuard';

test.each([
  ['nodenext', 'uses.mts'],
  ['nodenext', 'uses.cts'],
  ['preserve', 'uses.ts'],
])('its types hold under %s in %s, checked to the last declaration', async (module, file) => {
  await linkTemporal();
  const lines = [
    `import { ${types} } from 'minutebook-client';`,
    `import { ${flows} } from 'minutebook-client/temporal';`,
    `import type { Client as Temporal } from '@temporalio/client';`,
  ];
  await writeFile(path.join(directory, file), `${lines.join('\n')}${uses}${usesFlows}`);
  const options = { module, strict: true, noEmit: true, target: 'es2023', types: [], exactOptionalPropertyTypes: true };
  // The declarations of Temporal's own package are not ours to check.
  const config = { compilerOptions: { ...options, skipLibCheck: true }, files: [file] };
  await writeFile(path.join(directory, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [tsc, '-p', 'tsconfig.json'], directory);
  const calls = `${lines[0]}${uses}`;
  await writeFile(path.join(directory, file), calls);
  const checked = { compilerOptions: { ...options, skipLibCheck: false }, files: [file] };
  await writeFile(path.join(directory, 'tsconfig.json'), JSON.stringify(checked));
  await run(process.execPath, [tsc, '-p', 'tsconfig.json'], directory);
});

test("its types are the contract's own: each component, and what each operation answers", async () => {
  const own = path.join(root, 'dist', 'client-contract');
  await rm(own, { recursive: true, force: true });
  await writeContractTypes(own, new Map());
  const names = components.map((schema) => String(schema['$id']));
  const modules = await readdir(path.join(root, 'contract'));
  const homes = new Map<string, string>();
  // A component has its own name; a scalar of that name is something else.
  for (const file of modules.filter((each) => each !== 'scalars.ts')) {
    const source = await readFile(path.join(root, 'contract', file), 'utf8');
    for (const [, name = ''] of source.matchAll(/^export const (\w+) = /gm)) {
      if (names.includes(name)) homes.set(name, file.replace(/\.ts$/, ''));
    }
  }
  expect([...homes.keys()].sort()).toEqual([...names].sort());
  const checks = names.map(
    (name) =>
      `import type { ${name} as _${name} } from '../../contract/${homes.get(name)}';\nexport const is${name}: Same<plain.${name}, Wire<typeof _${name}>> = true;\n`,
  );
  const answers = Object.keys(operations).map(
    (id) => `export const answers_${id}: Same<Answers['${id}'], Answer<'${id}'>> = true;\n`,
  );
  await writeFile(
    path.join(own, 'check.ts'),
    [
      "import type { Answer } from '../../contract/operations';",
      "import type { Wire } from '../../contract/shape';",
      "import type * as plain from './components';",
      "import type { Answers } from './operations';",
      'type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false;',
      ...checks,
      ...answers,
    ].join('\n'),
  );
  const config = {
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false },
    include: [],
    files: [path.join(own, 'check.ts')],
  };
  await writeFile(path.join(own, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [tsc, '-p', path.join(own, 'tsconfig.json')], root);
});

async function readPackage(of: string) {
  return JSON.parse(await readFile(path.join(of, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly dependencies?: object;
    readonly peerDependencies?: object;
  };
}

async function linkTemporal(): Promise<void> {
  const scope = path.join(directory, 'node_modules', '@temporalio');
  await mkdir(scope, { recursive: true });
  const link = path.join(scope, 'client');
  await symlink(path.join(root, 'node_modules', '@temporalio', 'client'), link).catch(() => undefined);
}
