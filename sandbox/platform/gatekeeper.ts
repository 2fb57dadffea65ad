// How the platform heeds Minutebook's gate, as any platform would: it asks before each deployment, keeps a copy of the list for
// when nobody answers, and stops by itself, at runUntil and only then, what nothing pays for any more.

import type { Client } from '../../client/http';
import { ProblemError } from '../../client/problem';
import type { Gate, ListedGate } from '../../contract/gate';
import { parseInstant } from '../../domain/period';
import type { Platform } from './platform';

export type Wanted = { readonly workspace: string; readonly model: string; readonly version: string };
export type Refused = Wanted & { readonly atMs: number; readonly message: string };

export type Gatekeeper = {
  /** Asks the gate, or the copy where nobody answers; a refusal is noted, and reported. */
  readonly ask: (wanted: Wanted, nowMs: number) => Promise<Gate>;
  /** To be called each second: renews the copy, asks once more before a runUntil, and stops at it where nobody answered. */
  readonly tick: (nowMs: number) => Promise<void>;
  /** Billing has commanded something: the copy is renewed by the next tick. */
  readonly renewSoon: () => void;
  readonly gateOf: (workspace: string) => Gate;
  readonly isAnswering: () => boolean;
  /** The last few, newest first. */
  readonly refused: () => readonly Refused[];
};

/** A workspace whose credits end, as the copy has it. */
type Ending = { readonly workspace: string; readonly runUntil: string; readonly runUntilMs: number };

type Minutebook = Pick<Client, 'getGate' | 'listGates' | 'reportRefusedDeploy'>;

const everyMs = 60_000;
const againBeforeMs = 15_000;
const againAfterMs = 10_000;
// Stopping takes a moment, and the minute that begins at runUntil is covered by nothing.
const stopBeforeMsUsual = 1_500;
const refusedMax = 10;

/** `client` gives up on a call within seconds. `stopBeforeMs`: as long as models take to stop, less than a quarter of a minute. */
export function createGatekeeper(of: {
  readonly client: Minutebook;
  readonly platform: Pick<Platform, 'stopForBilling'>;
  readonly stopBeforeMs?: number;
  readonly say: (line: string) => void;
}): Gatekeeper {
  const { client, platform, stopBeforeMs = stopBeforeMsUsual, say } = of;
  let copy = new Map<string, Gate>();
  let tag: string | undefined;
  let renewedMs = Number.NEGATIVE_INFINITY;
  let isAnswering = true;
  let refused: readonly Refused[] = [];
  // Which runUntil of a workspace was asked about once more, when, and whether anybody answered.
  const askedAgain = new Map<
    string,
    { readonly runUntil: string; readonly atMs: number; readonly wasAnswered: boolean }
  >();

  const heard = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await call();
      isAnswering = true;
      return answer;
    } catch (error) {
      // A refusal is an answer; one that cannot help itself just now (5xx) is none.
      if (error instanceof ProblemError && error.status < 500) throw error;
      if (isAnswering) say(`Minutebook does not answer: ${error instanceof Error ? error.message : String(error)}`);
      isAnswering = false;
      return undefined;
    }
  };
  const gateOf = (workspace: string): Gate => copy.get(workspace) ?? { allowed: true };

  const renew = async (nowMs: number) => {
    renewedMs = nowMs;
    const listed = await heard(async () => ({ answer: await client.listGates({ tag }) }));
    if (listed?.answer === undefined) return;
    copy = new Map(listed.answer.items.map(({ workspace, ...gate }: ListedGate) => [workspace, gate]));
    tag = listed.answer.tag;
  };

  const endings = (): readonly Ending[] =>
    [...copy].flatMap(([workspace, { runUntil }]) => {
      const runUntilMs = runUntil === undefined ? undefined : parseInstant(runUntil);
      return runUntil === undefined || runUntilMs === undefined ? [] : [{ workspace, runUntil, runUntilMs }];
    });

  // Before it; and shortly after it, as whoever answered may have gone before it could command.
  const isToAsk = ({ workspace, runUntil, runUntilMs }: Ending, nowMs: number) => {
    const again = askedAgain.get(workspace);
    if (again?.runUntil !== runUntil) return nowMs >= runUntilMs - againBeforeMs;
    return again.wasAnswered && again.atMs < runUntilMs && nowMs >= runUntilMs + againAfterMs;
  };

  // Where it still says that the models may run until an instant that has passed, nobody judges and commands any more.
  const askAgain = async ({ workspace, runUntil, runUntilMs }: Ending, nowMs: number) => {
    const gate = await heard(() => client.getGate(workspace));
    const isStale = nowMs > runUntilMs && gate?.allowed === true && gate.runUntil === runUntil;
    askedAgain.set(workspace, { runUntil, atMs: nowMs, wasAnswered: gate !== undefined && !isStale });
    if (gate !== undefined) copy.set(workspace, gate);
  };

  const stop = (workspace: string, nowMs: number) => {
    const models = platform.stopForBilling(workspace, nowMs);
    if (models.length > 0)
      say(`stopped ${models.join(', ')} of ${workspace}: nobody answered, and nothing pays any more`);
  };

  return {
    ask: async (wanted, nowMs) => {
      const { workspace, model, version } = wanted;
      const answer = await heard(() => client.getGate(workspace, { model, version }));
      if (answer !== undefined) copy.set(workspace, answer);
      const gate = answer ?? gateOf(workspace);
      if (gate.allowed) return gate;
      refused = [{ ...wanted, atMs: nowMs, message: gate.message ?? '' }, ...refused].slice(0, refusedMax);
      await heard(() => client.reportRefusedDeploy(workspace, { model, version }));
      return gate;
    },
    tick: async (nowMs) => {
      if (nowMs - renewedMs >= everyMs) await renew(nowMs);
      const near = endings().filter((each) => isToAsk(each, nowMs));
      await Promise.all(near.map((each) => askAgain(each, nowMs)));
      for (const ending of endings()) {
        const again = askedAgain.get(ending.workspace);
        const isUnheard = again?.runUntil === ending.runUntil && !again.wasAnswered;
        if (isUnheard && nowMs >= ending.runUntilMs - stopBeforeMs) stop(ending.workspace, nowMs);
      }
    },
    renewSoon: () => {
      renewedMs = Number.NEGATIVE_INFINITY;
    },
    gateOf,
    isAnswering: () => isAnswering,
    refused: () => refused,
  };
}
