// One round of metering: what has nothing to do is passed by one look; the shards that have are dealt out, each from reports to
// hours to credits, and metered beside each other.
import type { Metered, ShardGroup } from '../activities';
import { applyCredits, beginRound, foldReports, keepHouse, meterShards, rollUpHours } from './activities';

/**
 * Meters everything once, in at most `parallel` activities at a time. What fails does not stop the others, but fails the round
 * once they are through.
 */
export async function meterUsage(asked: { readonly parallel: number } | { readonly groups: number }): Promise<Metered> {
  // So were rounds begun that did not look first.
  if ('groups' in asked)
    return addUp(Array.from({ length: asked.groups }, (_, group) => meterGroup({ ...asked, group })));
  const { shards, hasChores } = await beginRound();
  const shares = dealt(shards, asked.parallel).map((share) => meterShards({ shards: share }));
  // After the shards, which somebody may wait for.
  const chores = hasChores ? [keepHouse().then(() => nothing)] : [];
  return addUp([...shares, ...chores]);
}

function dealt(shards: readonly number[], parallel: number): readonly (readonly number[])[] {
  const shares = Array.from({ length: Math.min(parallel, shards.length) }, (_, share) => share);
  return shares.map((share) => shards.filter((_, at) => at % shares.length === share));
}

async function meterGroup(group: ShardGroup): Promise<Metered> {
  const replicaHours = await foldReports(group);
  const workspaceHours = await rollUpHours(group);
  const workspacesWithCredits = await applyCredits(group);
  return { replicaHours, workspaceHours, workspacesWithCredits };
}

const nothing: Metered = { replicaHours: 0, workspaceHours: 0, workspacesWithCredits: 0 };

async function addUp(parts: readonly Promise<Metered>[]): Promise<Metered> {
  const ended = await Promise.allSettled(parts);
  const failed = ended.find((part) => part.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return (await Promise.all(parts)).reduce(add, nothing);
}

function add(one: Metered, other: Metered): Metered {
  return {
    replicaHours: one.replicaHours + other.replicaHours,
    workspaceHours: one.workspaceHours + other.workspaceHours,
    workspacesWithCredits: one.workspacesWithCredits + other.workspacesWithCredits,
  };
}
