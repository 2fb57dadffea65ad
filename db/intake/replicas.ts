// The dictionary of replicas: a small integer stands for (workspace, model, version, instance type, replica name), so
// that a minute mask costs bytes and not names.
import type { UsageReport } from '../../domain/usage';
import type { Db } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

const limit = 500_000;

const resolve = statement<{ ordinal: number; replica_id: number }>(`
  with wanted as (
    select * from unnest(:workspaces::text[], :models::text[], :versions::text[], :types::text[], :replicas::text[])
      with ordinality as wanted (workspace_id, model, version, instance_type, replica, ordinal)
  ), added as (
    insert into replicas (workspace_id, model, version, instance_type, replica)
    select workspace_id, model, version, instance_type, replica from wanted
    order by workspace_id, replica, model, version, instance_type
    on conflict do nothing
    returning replica_id, workspace_id, model, version, instance_type, replica
  )
  select wanted.ordinal::int, replicas.replica_id
  from wanted join (select * from added union all select * from replicas) as replicas
    using (workspace_id, model, version, instance_type, replica)`);

/**
 * Remembers replica keys in memory: a platform reports the same replicas again and again. A key never changes and a row
 * is never deleted, so what is remembered stays true until the database is restored. At half a million (about 100 MB) it starts afresh.
 */
export class ReplicaDictionary {
  readonly #known = new Map<string, number>();

  /** The keys of the reports' replicas, in the reports' order; unknown ones are added. Workspaces and types must exist. */
  async keysOf(db: Db, reports: readonly UsageReport[]): Promise<readonly number[]> {
    const names = reports.map(nameOf);
    const missing = new Map<string, UsageReport>();
    reports.forEach((report, index) => {
      const name = names[index] as string;
      if (!this.#known.has(name)) missing.set(name, report);
    });
    const found = missing.size > 0 ? await this.#resolve(db, missing) : this.#known;
    return names.map((name) => {
      const key = this.#known.get(name) ?? found.get(name);
      if (key === undefined) throw new Error(`replicas: ${name.replaceAll('\n', '/')} was not resolved`);
      return key;
    });
  }

  forget(): void {
    this.#known.clear();
  }

  async #resolve(db: Db, missing: ReadonlyMap<string, UsageReport>): Promise<ReadonlyMap<string, number>> {
    const wanted = [...missing.values()];
    const rows = await resolve(db, {
      workspaces: textArray(wanted.map((report) => report.workspace)),
      models: textArray(wanted.map((report) => report.model)),
      versions: textArray(wanted.map((report) => report.version)),
      types: textArray(wanted.map((report) => report.instanceType)),
      replicas: textArray(wanted.map((report) => report.replica)),
    });
    // A replica that another session is adding this moment is neither in our snapshot nor in what we added: ask again.
    if (rows.length < wanted.length) return this.#resolve(db, missing);
    const names = [...missing.keys()];
    const found = new Map(rows.map((row) => [names[row.ordinal - 1] as string, row.replica_id]));
    if (this.#known.size + found.size > limit) this.#known.clear();
    for (const [name, key] of found) this.#known.set(name, key);
    return found;
  }
}

// A newline cannot occur in an id, so the joined text is as unique as the five of them.
function nameOf(report: UsageReport): string {
  return `${report.workspace}\n${report.replica}\n${report.model}\n${report.version}\n${report.instanceType}`;
}
