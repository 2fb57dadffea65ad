// `npm run bench -- NAME…`: each benchmark prints its figure beside a limit that it measured in the same run.
import { chargedMonthEnd } from './charged-month-end';
import { dashboard } from './dashboard';
import { gate } from './gate';
import { guard, guardAway } from './guard';
import { hot, hotHistory, hotIdle, hotQuarantine } from './hot';
import { hotCosts } from './hot-costs';
import { hotPrices } from './hot-prices';
import { batcher, intake, intakeSteady } from './intake';
import { monthEnd } from './month-end';
import { outbox } from './outbox';
import { page } from './page';
import { pdf } from './pdf';
import { replay } from './replay';

// Part of another one, by itself.
const parts = [
  'batcher',
  'guard-away',
  'intake-steady',
  'hot-prices',
  'hot-idle',
  'hot-history',
  'hot-quarantine',
  'hot-costs',
  'outbox',
];

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  batcher,
  'month-end': monthEnd,
  'charged-month-end': chargedMonthEnd,
  dashboard,
  gate,
  guard,
  intake,
  'intake-steady': intakeSteady,
  'guard-away': guardAway,
  hot,
  'hot-prices': hotPrices,
  'hot-idle': hotIdle,
  'hot-history': hotHistory,
  'hot-quarantine': hotQuarantine,
  'hot-costs': hotCosts,
  outbox,
  page,
  pdf,
  replay,
};

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  for (const name of names.length > 0 ? names : Object.keys(benchmarks).filter((each) => !parts.includes(each))) {
    const run = benchmarks[name];
    if (run === undefined) throw new Error(`expected one of ${Object.keys(benchmarks).join(', ')}, came ${name}`);
    await run();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
