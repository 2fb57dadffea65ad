// The platform as a whole: what it knows, what runs now, and stopping models.

import type { UsageReport } from '../../domain/usage';
import { customers } from './fleet';
import type { Memory, Notebook } from './memory';
import { activated, deactivated, isStopped, type ModelName, withoutStopped } from './stoppages';
import { reportsBetween, type Span } from './timeline';

export type RunningReplica = Pick<UsageReport, 'replica' | 'version' | 'instanceType' | 'phase'>;
export type RunningModel = ModelName & {
  readonly state: 'active' | 'deactivated';
  readonly replicas: readonly RunningReplica[];
};

export type Platform = {
  readonly memory: () => Memory;
  readonly remember: (change: Partial<Memory>) => void;
  readonly reports: (span: Span) => UsageReport[];
  readonly models: (nowMs: number) => readonly RunningModel[];
  /** Undefined where there is no such model. Once more, nothing changes. */
  readonly deactivate: (model: ModelName, nowMs: number) => RunningModel | undefined;
  readonly activate: (model: ModelName, nowMs: number) => RunningModel | undefined;
};

export function createPlatform(first: Memory, notebook: Notebook): Platform {
  let memory = first;
  const remember = (change: Partial<Memory>) => {
    memory = { ...memory, ...change };
    notebook.write(memory);
  };
  const reports = (span: Span) => withoutStopped(reportsBetween(customers, memory.startMs, span), memory.stoppages);
  const models = (nowMs: number) => {
    const now = reports({ fromMs: nowMs, toMs: nowMs + 1 });
    return allModels.map((name): RunningModel => {
      const replicas = now
        .filter((report) => sameModel(report, name))
        .map(({ replica, version, instanceType, phase }) => {
          return { replica, version, instanceType, phase };
        });
      return { ...name, state: isStopped(memory.stoppages, name) ? 'deactivated' : 'active', replicas };
    });
  };
  const change = (stop: typeof deactivated) => (model: ModelName, nowMs: number) => {
    if (!allModels.some((each) => sameModel(each, model))) return undefined;
    remember({ stoppages: stop(memory.stoppages, model, nowMs) });
    return models(nowMs).find((each) => sameModel(each, model));
  };
  return {
    memory: () => memory,
    remember,
    reports,
    models,
    deactivate: change(deactivated),
    activate: change(activated),
  };
}

const allModels: readonly ModelName[] = customers.flatMap(({ workspace, models }) =>
  models.map(({ model }) => ({ workspace, model })),
);

function sameModel(one: ModelName, other: ModelName): boolean {
  return one.workspace === other.workspace && one.model === other.model;
}
