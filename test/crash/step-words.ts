// A step in a few words, as a table shows it to operators.

const inTheirWords: Readonly<Record<string, string>> = {
  'BEGIN;': 'begin',
  'COMMIT;': 'commit',
  SMTP: 'hand the mail over (SMTP)',
};

/** `read workspaces`, `lock the shard`, `insert into invoice_lines, invoice_usage`, `POST /v1/payment_intents`. */
export function wordsOf(what: string): string {
  const known = inTheirWords[what];
  if (known !== undefined) return known;
  if (/^(GET|POST|DELETE) /.test(what)) return what;
  const writes = writesOf(what);
  if (writes.length > 0) return writes.join('; ');
  if (what.includes('pg_advisory_xact_lock')) return 'lock the shard';
  if (what.includes('set_config')) return 'say how statements are planned';
  // Functions are no tables.
  const table = /\b(?:from|join) ([a-z_]+)\b(?! ?\()/.exec(what)?.[1] ?? what.slice(0, 40);
  return /\bfor (no key )?update\b/.test(what) ? `lock ${table}` : `read ${table}`;
}

// `for no key update` and `on conflict … do update set` are no updates of a table.
const writing = /\b(insert into|(?<!key |for |do )update|delete from) ([a-z_]+)/g;

function writesOf(what: string): readonly string[] {
  const tables = new Map<string, Set<string>>();
  for (const [, verb = '', table = ''] of what.matchAll(writing)) {
    tables.set(verb, (tables.get(verb) ?? new Set()).add(table));
  }
  return [...tables].map(([verb, of]) => `${verb} ${[...of].join(', ')}`);
}
