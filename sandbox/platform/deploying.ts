// Deploying a model, and starting one that its owner stopped: both ask the gate first.

import type { Gate } from '../../contract/gate';
import { customers } from './fleet';
import type { Gatekeeper } from './gatekeeper';
import type { Platform, RunningModel } from './platform';
import type { ModelName } from './stoppages';

/** The model as it runs now; what the gate says, where it refuses; undefined where there is no such workspace or model. */
export type Deployed = { readonly model: RunningModel } | { readonly refusedBy: Gate } | undefined;

type By = { readonly platform: Platform; readonly gatekeeper: Gatekeeper };

export async function deploy(
  { platform, gatekeeper }: By,
  wanted: ModelName & { readonly instanceType: string },
  nowMs: number,
): Promise<Deployed> {
  if (!customers.some(({ workspace }) => workspace === wanted.workspace)) return undefined;
  const deployment = { ...wanted, version: 'v1' };
  const gate = await gatekeeper.ask(deployment, nowMs);
  if (!gate.allowed) return { refusedBy: gate };
  const model = platform.deploy(deployment, nowMs);
  return model && { model };
}

/** By its owner. One that runs already goes on, without asking. */
export async function startByOwner({ platform, gatekeeper }: By, name: ModelName, nowMs: number): Promise<Deployed> {
  const known = platform
    .models(nowMs)
    .find(({ workspace, model }) => workspace === name.workspace && model === name.model);
  if (known === undefined || known.state === 'active') return known && { model: known };
  const version = known.replicas[0]?.version ?? 'v1';
  const gate = await gatekeeper.ask({ workspace: name.workspace, model: name.model, version }, nowMs);
  if (!gate.allowed) return { refusedBy: gate };
  const model = platform.start(name, nowMs);
  return model && { model };
}

/** Deploys what trials begin with, once. */
export async function beginTrials(by: By, nowMs: number): Promise<void> {
  for (const { workspace, trial } of customers) {
    const begun = by.platform.memory().deployments.some((each) => each.workspace === workspace);
    if (trial === undefined || begun) continue;
    await deploy(by, { workspace, model: trial.model, instanceType: trial.instanceType }, nowMs);
  }
}
