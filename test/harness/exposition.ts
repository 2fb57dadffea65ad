// Reads Prometheus' text format as strictly as it is written down: anything that a scraper might stumble over throws.

type Series = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };
export type Family = { readonly help: string; readonly type: string; readonly series: readonly Series[] };

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, { help: string; type: string; series: Series[] }>();
  let current = '';
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) ([a-z][a-z0-9_]*) (\S.*)$/.exec(line) ?? [];
    if (word === 'HELP') {
      if (families.has(name)) throw new Error(`${name} has two families`);
      families.set(name, { help: rest, type: '', series: [] });
      current = name;
    } else if (word === 'TYPE') {
      const family = families.get(name);
      if (family === undefined || current !== name || suffixes[rest] === undefined)
        throw new Error(`misplaced: ${line}`);
      family.type = rest;
    } else if (line !== '' && !line.startsWith('# ')) {
      if (seen.has(line.slice(0, line.lastIndexOf(' ')))) throw new Error(`twice: ${line}`);
      seen.add(line.slice(0, line.lastIndexOf(' ')));
      const series = parseSeries(line);
      const family = families.get(current);
      const belongs = suffixes[family?.type ?? '']?.some((suffix) => series.name === current + suffix);
      if (family === undefined || !belongs) throw new Error(`without HELP and TYPE before it: ${line}`);
      family.series.push(series);
    }
  }
  return families;
}

function parseSeries(line: string): Series {
  const [, name = '', inner = '', value = ''] = /^([a-z][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  const labels = Object.fromEntries(
    [...inner.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)].map(([, label, text]) => [label, text]),
  );
  const again = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  // The library writes "Nan" for what has no value yet; Prometheus reads it in any case.
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  if (name === '' || again.join(',') !== inner || (Number.isNaN(number) && value !== 'Nan'))
    throw new Error(`not a series: ${line}`);
  return { name, labels, value: number };
}

/** The value of the one series of `name` that has these labels, perhaps among others. */
export function sampleOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const all = [...parseExposition(text).values()].flatMap((family) => family.series);
  const found = all.filter(
    (each) => each.name === name && Object.entries(labels).every(([label, value]) => each.labels[label] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} series of ${name} have ${JSON.stringify(labels)}`);
  return found[0]?.value;
}
