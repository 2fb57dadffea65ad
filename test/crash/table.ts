// The page that the crash matrix writes: what was killed where, and what came of it.

import { execFileSync } from 'node:child_process';
import { type Faulty, faultKinds } from './faulty-calls';
import type { Ran } from './rounds';
import { type Sample, type ScenarioName, scenarioNames, scenarios } from './scenarios';
import { wordsOf } from './step-words';

export type Matrix = {
  readonly sample: Sample;
  readonly singles: readonly Ran[];
  readonly pairs: readonly Ran[];
  readonly seed: number;
  /** Killed while nobody told Temporal of it. */
  readonly unhurried: readonly Ran[];
  readonly faults: readonly Faulty[];
};

export function pageOf(matrix: Matrix): string {
  const { singles, pairs, seed, faults } = matrix;
  const kills = [...singles, ...pairs].reduce((sum, { killed }) => sum + killed, 0);
  return `# Crash matrix

\`npm run crash-matrix\` wrote this page on ${new Date().toISOString().slice(0, 10)}, of commit ${commit()}. A worker is held
up before the step that is named, ended there by \`kill -9\`, and another worker goes on. A step is a statement to Postgres, a
call to Stripe or a mail that is handed over, as a run without a kill makes them; killed before a step is killed after the one
above it. There were ${kills} kills of ${singles.length + pairs.length} invoices. Afterwards, of each: it is there once and paid,
Stripe has charged it once (what credits pay, never), allocations add up to what was due, each posting balances, and its e-mail
came under one Message-ID. The last column says how it ended. A run in which one ends otherwise writes no page.

The same mail twice, under the same Message-ID, is what the step between the mail server's answer and the note of it can
bring; mail programs show it once.

## How soon it goes on

After one kill, without anybody's help, until the mail of the paid invoice was sent. Another worker was started right after the
kill. Temporal notices a dead worker after half a minute; a mail is tried again half a minute after that.

| killed in | before | sent after |
|---|---|---|
${matrix.unhurried.map((ran) => row([scenarios[ran.of].title, stepOf(matrix, ran.of, ran.kills[0]), `${Math.round((ran.outcome.mailedAtMs - ran.diedAtMs) / 1000)} s`])).join('\n')}

${scenarioNames.map((of) => singlesOf(matrix, of)).join('\n\n')}

## Killed twice

At a step of the first try, and at one of the next, chosen by chance (seed ${seed}) and named by what the first try does there:
the next one finds some of it done, and goes another way. Where it was through before it came to that number, it was killed
once.

| in | before | then before | kills | outcome |
|---|---|---|---|---|
${pairs.map((ran) => row([scenarios[ran.of].title, ...ran.kills.map((step) => `${step} ${stepOf(matrix, ran.of, step)}`), String(ran.killed), outcomeWords(ran)])).join('\n')}

## Faults of Stripe

Each at each call that collecting makes, and after how many tries the invoice was paid (a debit takes some by itself). It was
paid once, and each of its mails came once.

| while | call | ${faultKinds.join(' | ')} |
|---|---|${faultKinds.map(() => '---|').join('')}
${faultRows(faults).join('\n')}
`;
}

function singlesOf(matrix: Matrix, of: ScenarioName): string {
  const ran = matrix.singles.filter((each) => each.of === of);
  const rows = ran.map((each) => {
    const step = each.kills[0] ?? 0;
    return row([String(step), stepOf(matrix, of, step), String(each.killed), outcomeWords(each)]);
  });
  return `## ${scenarios[of].title}\n\n| step | before | kills | outcome |\n|---|---|---|---|\n${rows.join('\n')}`;
}

function stepOf({ sample }: Matrix, of: ScenarioName, step = 0): string {
  const found = sample[of][step - 1];
  return found === undefined ? '(after the last)' : wordsOf(found.what);
}

function outcomeWords({ of, outcome: { mails } }: Ran): string {
  const [times = 0] = Object.values(mails);
  const paid = scenarios[of].isCredited ? 'paid by credits' : 'paid once';
  return `${paid}, ${times === 1 ? 'one mail' : `the same mail ${times} times`}`;
}

function faultRows(faults: readonly Faulty[]): readonly string[] {
  const calls = new Map<string, Faulty[]>();
  for (const each of faults) {
    const key = row([each.situation, each.call]);
    calls.set(key, [...(calls.get(key) ?? []), each]);
  }
  return [...calls.values()].map((of) =>
    row([of[0]?.situation ?? '', of[0]?.call ?? '', ...of.map(({ tries }) => String(tries))]),
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function commit(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}
