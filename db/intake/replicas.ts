// The dictionary of replicas: a number stands for (workspace, model, version, instance type, replica name), so
// that a minute mask costs bytes and not names.
import type { UsageReport } from '../../domain/usage';
import type { Db } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

const limit = 1_200_000;

const wanted = `
  unnest(:workspaces::text[], :models::text[], :versions::text[], :types::text[], :replicas::text[])
    with ordinality as wanted (workspace_id, model, version, instance_type, replica, ordinal)`;

/** A replica's number, and the print by which it is found to be still the same. */
export type ReplicaKey = { readonly id: number; readonly print: number };

const find = statement<{ ordinal: number; replica_id: number; print: number }>(`
  select wanted.ordinal::int, replicas.replica_id::float8 as replica_id, print
  from ${wanted} join replicas using (workspace_id, model, version, instance_type, replica)`);

// Only for what was not found: an insert that conflicts draws a number all the same, and a replica is looked up anew by
// every process and whenever what it remembers has been emptied.
const add = statement(`
  insert into replicas (workspace_id, model, version, instance_type, replica, source_id)
  select workspace_id, model, version, instance_type, replica, :source_id::int from ${wanted}
  order by workspace_id, replica, model, version, instance_type
  on conflict do nothing`);

/**
 * Remembers replica keys in memory: a platform reports the same replicas again and again. A key never changes and a row
 * is never deleted, so what is remembered stays true until the database is restored. At 1.2 million (about 250 MB) it starts afresh.
 */
export class ReplicaDictionary {
  readonly #known = new Map<string, ReplicaKey>();

  /**
   * The keys of the reports' replicas, in the reports' order; unknown ones are added, as reported by this source. Workspaces and
   * types must exist.
   */
  async keysOf(db: Db, reports: readonly UsageReport[], sourceId: number): Promise<readonly ReplicaKey[]> {
    const keys = reports.map((report) => this.#known.get(nameOf(report)));
    const missing = new Map<string, UsageReport>();
    reports.forEach((report, index) => {
      if (keys[index] === undefined) missing.set(nameOf(report), report);
    });
    const found = missing.size > 0 ? await this.#resolve(db, missing, sourceId) : nothing;
    return reports.map((report, index) => {
      const key = keys[index] ?? found.get(nameOf(report));
      if (key === undefined) throw new Error(`replicas: ${nameOf(report).replaceAll('\n', '/')} was not resolved`);
      return key;
    });
  }

  /** The same, where all of them are remembered. */
  remembered(reports: readonly UsageReport[]): readonly ReplicaKey[] | undefined {
    const keys: ReplicaKey[] = [];
    for (const report of reports) {
      const key = this.#known.get(nameOf(report));
      if (key === undefined) return undefined;
      keys.push(key);
    }
    return keys;
  }

  forget(): void {
    this.#known.clear();
  }

  async #resolve(
    db: Db,
    missing: ReadonlyMap<string, UsageReport>,
    sourceId: number,
  ): Promise<ReadonlyMap<string, ReplicaKey>> {
    const found = await findAll(db, missing);
    const unknown = new Map([...missing].filter(([name]) => !found.has(name)));
    if (unknown.size > 0) {
      await add(db, { ...columnsOf([...unknown.values()]), source_id: sourceId });
      for (const [name, key] of await findAll(db, unknown)) found.set(name, key);
    }
    if (this.#known.size + found.size > limit) this.#known.clear();
    for (const [name, key] of found) this.#known.set(name, key);
    return found;
  }
}

const nothing: ReadonlyMap<string, ReplicaKey> = new Map();

async function findAll(db: Db, replicas: ReadonlyMap<string, UsageReport>): Promise<Map<string, ReplicaKey>> {
  const names = [...replicas.keys()];
  const rows = await find(db, columnsOf([...replicas.values()]));
  return new Map(rows.map(({ ordinal, replica_id: id, print }) => [names[ordinal - 1] as string, { id, print }]));
}

function columnsOf(reports: readonly UsageReport[]) {
  return {
    workspaces: textArray(reports.map((report) => report.workspace)),
    models: textArray(reports.map((report) => report.model)),
    versions: textArray(reports.map((report) => report.version)),
    types: textArray(reports.map((report) => report.instanceType)),
    replicas: textArray(reports.map((report) => report.replica)),
  };
}

// A newline cannot occur in an id, so the joined text is as unique as the five of them.
function nameOf(report: UsageReport): string {
  return `${report.workspace}\n${report.replica}\n${report.model}\n${report.version}\n${report.instanceType}`;
}
