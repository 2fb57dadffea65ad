// What is killed, where, and how often: every step once, and pairs of steps that chance has chosen by a seed.
import type { Halt } from './halting-worker';
import type { Step } from './told';
import type { Beginning } from './workspaces';

type Scenario = {
  readonly title: string;
  readonly activity: string;
  readonly begins: Beginning;
  readonly isCredited: boolean;
};

export const scenarios = {
  issue: { title: 'Issuing an invoice', activity: 'finalizeInvoice', begins: 'used', isCredited: false },
  credited: {
    title: 'Issuing an invoice that credits pay, with its e-mail',
    activity: 'finalizeInvoice',
    begins: 'used',
    isCredited: true,
  },
  collect: { title: 'Collecting it', activity: 'collect', begins: 'issued', isCredited: false },
  mail: { title: 'Sending its e-mail', activity: 'deliverEmail', begins: 'paid', isCredited: false },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[];

/** The steps of each activity, from a run without a kill. */
export type Sample = Readonly<Record<ScenarioName, readonly Step[]>>;

/** To be killed before the step of that number (counted from 1; one more than there are: after the last), then before the next. */
export type Case = { readonly of: ScenarioName; readonly kills: readonly number[] };

/** Before each step, and after the last. */
export function eachStep(sample: Sample): readonly Case[] {
  return scenarioNames.flatMap((of) => [...sample[of], undefined].map((_, at): Case => ({ of, kills: [at + 1] })));
}

/** Of those that credits pay only around the steps that others do not have: for whom there is little time. */
export function eachStepOnce(sample: Sample): readonly Case[] {
  const known = new Set(sample.issue.map(({ what }) => what));
  const own = new Set(sample.credited.flatMap(({ what, step }) => (known.has(what) ? [] : [step, step + 1])));
  return eachStep(sample).filter(({ of, kills }) => of !== 'credited' || own.has(kills[0] ?? 0));
}

/** So many pairs of each: killed at a step of the first try, and at one of the next. */
export function somePairs(
  sample: Sample,
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly Case[] {
  const chance = chanceOf(seed);
  const anyOf = (steps: number) => 1 + Math.floor(chance() * steps);
  return scenarioNames.flatMap((of) => {
    const steps = sample[of].length;
    return Array.from({ length: count }, (): Case => ({ of, kills: [anyOf(steps + 1), anyOf(steps)] }));
  });
}

export function haltAt(of: ScenarioName, step: number, sample: Sample): Halt {
  const { activity } = scenarios[of];
  return step > sample[of].length ? { activity, after: step - 1 } : { activity, before: step };
}

// mulberry32: the same numbers for the same seed, everywhere.
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
