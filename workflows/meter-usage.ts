// One tick of metering: each group of shards goes from reports to hours to credits, beside the others.
import type { ShardGroup } from '../activities';
import { applyCredits, foldReports, rollUpHours } from './activities';

/** What one tick did, added up over all groups. */
export type Metered = {
  readonly replicaHours: number;
  readonly workspaceHours: number;
  readonly workspacesWithCredits: number;
};

/** Meters everything once. A group that fails does not stop the others, but fails the tick once they are through. */
export async function meterUsage({ groups }: { readonly groups: number }): Promise<Metered> {
  const chains = Array.from({ length: groups }, (_, group) => meterGroup({ group, groups }));
  const ended = await Promise.allSettled(chains);
  const failed = ended.find((chain) => chain.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return (await Promise.all(chains)).reduce(add);
}

async function meterGroup(group: ShardGroup): Promise<Metered> {
  const replicaHours = await foldReports(group);
  const workspaceHours = await rollUpHours(group);
  const workspacesWithCredits = await applyCredits(group);
  return { replicaHours, workspaceHours, workspacesWithCredits };
}

function add(one: Metered, other: Metered): Metered {
  return {
    replicaHours: one.replicaHours + other.replicaHours,
    workspaceHours: one.workspaceHours + other.workspaceHours,
    workspacesWithCredits: one.workspacesWithCredits + other.workspacesWithCredits,
  };
}
