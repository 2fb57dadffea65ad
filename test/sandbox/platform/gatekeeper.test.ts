import { ProblemError } from '../../../client/problem';
import type { Gate, ListedGate } from '../../../contract/gate';
import { formatInstant } from '../../../domain/period';
import { createGatekeeper, type Gatekeeper } from '../../../sandbox/platform/gatekeeper';

// Stands for a Minutebook that goes away and comes back at given moments, which a real one cannot be made to.
let isAway: boolean;
let gates: { [workspace: string]: Gate };
let asked: string[];
let stopped: (readonly [workspace: string, atMs: number])[];
let keeper: Gatekeeper;

const startMs = Date.UTC(2026, 1, 3, 12);
const zeroMs = startMs + 120_000;
const runUntil = formatInstant(zeroMs);
const refusal: Gate = { allowed: false, reason: 'credits_exhausted', message: 'Add a card.' };
const wanted = { workspace: 'acme', model: 'm', version: 'v1' };

const answer = <T>(call: string, given: () => T) => {
  asked.push(call);
  if (isAway) throw new Error('away');
  return Promise.resolve(given());
};

const createKeeper = (of: { readonly stopBeforeMs?: number } = {}) =>
  createGatekeeper({
    ...of,
    say: () => undefined,
    platform: {
      stopForBilling: (workspace, atMs) => {
        stopped.push([workspace, atMs]);
        return ['m'];
      },
    },
    client: {
      getGate: async (workspace) => answer(`gate ${workspace}`, () => gates[workspace] ?? { allowed: true }),
      listGates: async ({ tag } = {}) =>
        answer('list', () => {
          const now = JSON.stringify(gates);
          const items = Object.entries(gates).map(([workspace, gate]): ListedGate => ({ workspace, ...gate }));
          return tag === now ? undefined : { tag: now, items };
        }),
      reportRefusedDeploy: async (workspace) => answer(`refused ${workspace}`, () => ({ counted: true })),
    },
  });

beforeEach(() => {
  [isAway, gates, asked, stopped] = [false, { acme: { allowed: true, runUntil } }, [], []];
  keeper = createKeeper();
});

const run = async (fromMs: number, toMs: number) => {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 1000) await keeper.tick(nowMs);
};

test('it asks for the list each minute, and for the gate 15 seconds before credits end and 10 after', async () => {
  await run(startMs, zeroMs - 16_000);
  expect(asked).toEqual(['list', 'list']);
  await run(zeroMs - 15_000, zeroMs);
  gates = { acme: { ...refusal, runUntil } };
  await run(zeroMs, zeroMs + 30_000);
  expect(asked).toEqual(['list', 'list', 'gate acme', 'list', 'gate acme']);
  expect(stopped).toEqual([]);
});

test('where nobody answers it stops what runs, in time, by its copy', async () => {
  await run(startMs, startMs + 30_000);
  isAway = true;
  await run(startMs + 30_000, zeroMs - 2000);
  expect(stopped).toEqual([]);
  await run(zeroMs - 2000, zeroMs);
  expect(stopped).toEqual([['acme', zeroMs - 1000]]);
  expect(keeper.isAnswering()).toBe(false);
});

test('a platform whose models take long to stop begins as much earlier', async () => {
  keeper = createKeeper({ stopBeforeMs: 10_000 });
  await run(startMs, startMs + 30_000);
  isAway = true;
  await run(startMs + 30_000, zeroMs);
  expect(stopped[0]).toEqual(['acme', zeroMs - 10_000]);
});

test('an answer that still lets run until an instant that has passed is none: nobody judges any more', async () => {
  await run(startMs, zeroMs + 9_000);
  expect(stopped).toEqual([]);
  await run(zeroMs + 9_000, zeroMs + 11_000);
  expect(stopped).toEqual([['acme', zeroMs + 10_000]]);
  expect(keeper.isAnswering()).toBe(true);
});

test('who answered and went before the command is found gone a little later', async () => {
  await run(startMs, zeroMs - 10_000);
  isAway = true;
  await run(zeroMs - 10_000, zeroMs + 12_000);
  expect(stopped).toContainEqual(['acme', zeroMs + 10_000]);
});

test('what ended while nobody looked is stopped at once', async () => {
  await keeper.tick(startMs);
  isAway = true;
  await keeper.tick(zeroMs + 600_000);
  expect(stopped).toEqual([['acme', zeroMs + 600_000]]);
});

test('a card that was added between two lists is heard of by asking once more', async () => {
  await run(startMs, startMs + 61_000);
  gates = {};
  await run(startMs + 61_000, zeroMs - 10_000);
  isAway = true;
  await run(zeroMs - 10_000, zeroMs + 60_000);
  expect(stopped).toEqual([]);
});

test('a zero that has moved is asked about anew', async () => {
  await run(startMs, startMs + 61_000);
  const laterMs = zeroMs + 60_000;
  gates = { acme: { allowed: true, runUntil: formatInstant(laterMs) } };
  await run(startMs + 61_000, zeroMs - 10_000);
  isAway = true;
  await run(zeroMs - 10_000, laterMs);
  expect(stopped).toEqual([['acme', laterMs - 1000]]);
});

test('a refusal is noted and reported, and the copy refuses while nobody answers', async () => {
  gates = { acme: refusal };
  await keeper.tick(startMs);
  isAway = true;
  expect(await keeper.ask(wanted, startMs)).toEqual(refusal);
  expect((await keeper.ask({ ...wanted, workspace: 'other' }, startMs)).allowed).toBe(true);
  isAway = false;
  expect(await keeper.ask(wanted, startMs + 1)).toEqual(refusal);
  expect(asked.slice(-2)).toEqual(['gate acme', 'refused acme']);
  expect(keeper.refused()).toHaveLength(2);
});

test('what Minutebook says of the call itself is no silence', async () => {
  const unknown = new ProblemError({ call: 'c', status: 404, problem: {} });
  const asking = createGatekeeper({
    say: () => undefined,
    platform: { stopForBilling: () => [] },
    client: {
      getGate: () => Promise.reject(unknown),
      listGates: async () => undefined,
      reportRefusedDeploy: async () => ({ counted: true }),
    },
  });
  await expect(asking.ask(wanted, startMs)).rejects.toThrow(unknown);
  expect(asking.isAnswering()).toBe(true);
});
