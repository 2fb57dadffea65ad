// Reads the gauges of Postgres for whoever scrapes: at most every ten seconds, once for all who ask meanwhile, and with an
// answer even while Postgres has none.
import { performance } from 'node:perf_hooks';
import { Gauge, Registry } from 'prom-client';
import type { Connections } from '../commands/connections';
import { statement } from '../db/connection/statement';
import type { GaugeGroup } from './gauges';

const everyMs = 10_000;
const patienceMs = 2_000;

export type GaugeReaderOptions = Pick<Connections, 'db' | 'clock' | 'settings'> & {
  readonly groups: readonly GaugeGroup[];
  /** Told the first gauge of a group that could not be read; the others are shown all the same. */
  readonly onFailure: (gauge: string) => void;
};

/** Makes what answers the gauges as Prometheus' text: never rejecting, and within two seconds. */
export function createGaugeReader(options: GaugeReaderOptions): () => Promise<string> {
  let known = { text: '', untilMs: Number.NEGATIVE_INFINITY };
  let reading: Promise<string> | undefined;
  const read = async (): Promise<string> => {
    try {
      const text = await readAll(options);
      known = { text, untilMs: performance.now() + everyMs };
      return text;
    } finally {
      reading = undefined;
    }
  };
  return async () => {
    if (performance.now() < known.untilMs) return known.text;
    reading ??= read();
    return Promise.race([reading, timeUp()]);
  };
}

async function timeUp(): Promise<string> {
  await new Promise((resolve) => {
    setTimeout(resolve, patienceMs).unref();
  });
  return render([up(0)]);
}

const ping = statement(`select`);

// The first question decides whether there is a database to ask. After that each group fails for itself.
async function readAll({ db, clock, settings, groups, onFailure }: GaugeReaderOptions): Promise<string> {
  const isUp = await ping(db).then(
    () => true,
    () => false,
  );
  if (!isUp) return render([up(0)]);
  const { deadlineMs, keepUsageMonths } = settings;
  const context = { nowMs: await clock(), deadlineMs, keepUsageMonths };
  const texts = [await render([up(1)])];
  for (const group of groups) {
    const [first = ''] = Object.keys(group.gauges);
    try {
      texts.push(await renderGroup(group, await group.read(db, context)));
    } catch (error) {
      onFailure(first);
      texts.push(`# ${first} could not be read: ${reasonOf(error)}\n`);
    }
  }
  return texts.join('\n');
}

type Shown = {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: Awaited<ReturnType<GaugeGroup['read']>>[string];
};

function up(value: number): Shown {
  return { name: 'database_up', help: 'Whether this process could read Postgres', labels: [], samples: [{ value }] };
}

function renderGroup({ gauges, labels = [] }: GaugeGroup, read: Awaited<ReturnType<GaugeGroup['read']>>) {
  return render(
    Object.entries(gauges).flatMap(([name, help]) => {
      const samples = read[name];
      return samples === undefined ? [] : [{ name, help, labels, samples }];
    }),
  );
}

async function render(shown: readonly Shown[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, labels, samples } of shown) {
    const gauge = new Gauge({ name: `minutebook_${name}`, help, labelNames: [...labels], registers: [registry] });
    for (const sample of samples) gauge.set(sample.labels ?? {}, sample.value);
  }
  return registry.metrics();
}

// Anybody may read this page, and messages of knex hold statements and addresses: the code says enough.
function reasonOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name ?? 'unknown').replace(/[^\w-]/g, '_');
}
