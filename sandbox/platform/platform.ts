// The platform as a whole: what it knows, what runs now, and stopping models.

import type { UsageReport } from '../../domain/usage';
import type { ModelState } from '../../gateways/models/models';
import { type Deployment, reportsOfDeployments } from './deployments';
import { customers } from './fleet';
import type { Memory, Notebook } from './memory';
import { type ModelName, started, stopped, stoppedBy, withoutStopped } from './stoppages';
import { reportsBetween, type Span } from './timeline';

export type RunningReplica = Pick<UsageReport, 'replica' | 'version' | 'instanceType' | 'phase'>;
export type RunningModel = ModelName & ModelState & { readonly replicas: readonly RunningReplica[] };

/** What billing wants of a model; `generation` grows with each change of mind. */
export type BillingCommand = ModelName & { readonly verb: 'deactivate' | 'reactivate'; readonly generation: number };

export type Platform = {
  readonly memory: () => Memory;
  readonly remember: (change: Partial<Memory>) => void;
  readonly reports: (span: Span) => UsageReport[];
  readonly models: (nowMs: number) => readonly RunningModel[];
  /** By its owner. Undefined where there is no such model. Once more, nothing changes. */
  readonly stop: (model: ModelName, nowMs: number) => RunningModel | undefined;
  readonly start: (model: ModelName, nowMs: number) => RunningModel | undefined;
  /** One replica from now on, in place of any of its name. Whether it may, its caller has asked. */
  readonly deploy: (deployment: Omit<Deployment, 'sinceMs'>, nowMs: number) => RunningModel | undefined;
  /** All that is active of a workspace, for want of anything that pays. Answers their names. */
  readonly stopForBilling: (workspace: string, nowMs: number) => readonly string[];
  /** By billing: a command of a lower generation than the last changes nothing. */
  readonly obey: (command: BillingCommand, nowMs: number) => RunningModel | 'superseded' | undefined;
};

export function createPlatform(first: Memory, notebook: Notebook): Platform {
  let memory = first;
  const remember = (change: Partial<Memory>) => {
    memory = { ...memory, ...change };
    notebook.write(memory);
  };
  const reports = (span: Span) => {
    const all = [...reportsBetween(customers, memory.startMs, span), ...reportsOfDeployments(memory.deployments, span)];
    return withoutStopped(all, memory.stoppages);
  };
  const names = () => [...fleetModels, ...memory.deployments.map(({ workspace, model }) => ({ workspace, model }))];
  const isThere = (model: ModelName) => names().some((each) => sameModel(each, model));
  const models = (nowMs: number) => {
    const now = reports({ fromMs: nowMs, toMs: nowMs + 1 });
    return names().map((name): RunningModel => {
      const replicas = now
        .filter((report) => sameModel(report, name))
        .map(({ replica, version, instanceType, phase }) => {
          return { replica, version, instanceType, phase };
        });
      return { ...name, ...stateOf(memory, name), replicas };
    });
  };
  const find = (model: ModelName, nowMs: number) => models(nowMs).find((each) => sameModel(each, model));
  const change = (how: typeof stopped) => (model: ModelName, nowMs: number) => {
    if (!isThere(model)) return undefined;
    remember({ stoppages: how(memory.stoppages, model, { by: 'owner', nowMs }) });
    return find(model, nowMs);
  };
  return {
    memory: () => memory,
    remember,
    reports,
    models,
    stop: change(stopped),
    start: change(started),
    deploy: (deployment, nowMs) => {
      const isOfFleet = fleetModels.some((model) => sameModel(model, deployment));
      if (isOfFleet || !customers.some(({ workspace }) => workspace === deployment.workspace)) return undefined;
      const others = memory.deployments.filter((each) => !sameModel(each, deployment));
      remember({ deployments: [...others, { ...deployment, sinceMs: nowMs }] });
      return find(deployment, nowMs);
    },
    stopForBilling: (workspace, nowMs) => {
      const active = names().filter(
        (model) => model.workspace === workspace && stateOf(memory, model).state === 'active',
      );
      remember({
        stoppages: active.reduce((all, model) => stopped(all, model, { by: 'billing', nowMs }), memory.stoppages),
      });
      return active.map(({ model }) => model);
    },
    obey: ({ verb, generation, ...model }, nowMs) => {
      if (!isThere(model)) return undefined;
      const key = `${model.workspace} ${model.model}`;
      if (generation < (memory.generations[key] ?? 0)) return 'superseded';
      const how = verb === 'deactivate' ? stopped : started;
      remember({
        stoppages: how(memory.stoppages, model, { by: 'billing', nowMs }),
        generations: { ...memory.generations, [key]: generation },
      });
      return find(model, nowMs);
    },
  };
}

function stateOf({ stoppages }: Memory, model: ModelName): ModelState {
  const by = stoppedBy(stoppages, model);
  return by === undefined ? { state: 'active' } : { state: 'stopped', stoppedBy: by };
}

const fleetModels: readonly ModelName[] = customers.flatMap(({ workspace, models }) =>
  models.map(({ model }) => ({ workspace, model })),
);

function sameModel(one: ModelName, other: ModelName): boolean {
  return one.workspace === other.workspace && one.model === other.model;
}
