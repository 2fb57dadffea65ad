// The steps of each activity, as they are made without a kill: what is new in the code is there by itself.

import { untilThrough } from './going-on';
import { type Sample, type ScenarioName, scenarioNames, scenarios } from './scenarios';
import { type Scene, workflowOf } from './scene';
import type { Step } from './told';
import { addWorkspace } from './workspaces';

export async function takeSample(scene: Scene): Promise<Sample> {
  // The first of all make partitions and the like, which nobody makes after them.
  await addWorkspace(scene, { id: 'first', begins: 'paid', isCredited: false });
  await addWorkspace(scene, { id: 'first-credited', begins: 'issued', isCredited: true });
  const taken = new Set<number>();
  const workspaces = new Map<ScenarioName, string>();
  // What issues its invoice in this process meters its shard: not that of those whose steps are to be seen.
  for (const of of scenarioNames) {
    const named = scene.names.take(of, (shard) => !taken.has(shard));
    if (named === undefined) throw new Error(`there is no name left for ${of}`);
    taken.add(named.shard);
    workspaces.set(of, named.workspace);
    await addWorkspace(scene, { id: named.workspace, ...scenarios[of] });
  }
  const worker = await scene.worker();
  try {
    await untilThrough(scene, worker, [...workspaces.values()]);
    const stepsOf = (of: ScenarioName): readonly Step[] => {
      const { activity } = scenarios[of];
      const workflowId = workflowOf(workspaces.get(of) ?? '', activity);
      return worker.steps().filter((step) => step.workflowId === workflowId && step.activity === activity);
    };
    return Object.fromEntries(scenarioNames.map((of) => [of, stepsOf(of)])) as Sample;
  } finally {
    await worker.kill();
  }
}
