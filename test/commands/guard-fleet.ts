// Models that truly run, by the clock of a test, and the platform that stops and starts them when it is told to.
import { minuteMs } from '../../domain/period';
import type { Phase, UsageReport } from '../../domain/usage';
import type { CommandOutcome, ListedModel, ModelCommand, ModelsGateway } from '../../gateways/models/models';
import { serving } from '../harness/workspace';

export type Model = {
  readonly name: string;
  readonly replicas: number;
  readonly phase: Phase;
  readonly ran: { readonly fromMs: number; toMs: number | null }[];
  by: 'owner' | 'billing' | null;
};

type Checks = { onStop(): void; onStart(): void };

export class Fleet {
  readonly models: Model[] = [];
  /** So many calls from now on are not answered. */
  failures = 0;

  constructor(
    private readonly of: { readonly workspace: string; readonly instanceType: string; readonly now: () => number },
  ) {}

  start({ replicas, phase }: Pick<Model, 'replicas' | 'phase'>): void {
    const model = { name: `m${this.models.length}`, replicas, phase, ran: [], by: 'owner' } as Model;
    this.models.push(model);
    this.#set(model, null);
  }

  ownerStops(): void {
    const model = this.models.find(({ by }) => by === null);
    if (model !== undefined) this.#set(model, 'owner');
  }

  stopForBilling(): void {
    for (const model of this.models) if (model.by === null) this.#set(model, 'billing');
  }

  /** Whether a model ran at all in a minute, of those that have begun. */
  ranIn({ ran }: Model, minute: number): boolean {
    const [from, to] = [minute * minuteMs, (minute + 1) * minuteMs];
    const until = ({ fromMs, toMs }: Model['ran'][number]) => toMs ?? Math.max(this.of.now(), fromMs) + 1;
    return ran.some((span) => span.fromMs < to && until(span) > from);
  }

  reports({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): UsageReport[] {
    const { workspace, instanceType, now } = this.of;
    return this.models.flatMap(({ name: model, replicas, phase, ran }) =>
      ran.flatMap((span) => {
        const during = { fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs ?? now(), toMs) };
        if (during.fromMs >= during.toMs) return [];
        const facts = { workspace, model, instanceType, phase, ...during };
        return Array.from({ length: replicas }, (_, n) => serving({ ...facts, replica: `${model}-${n}` }));
      }),
    );
  }

  gateway(checks: Checks): ModelsGateway {
    return {
      listModels: async () => {
        if (this.#fails()) return { kind: 'failed', why: 'away' };
        return { kind: 'listed', models: this.models.map((model) => ({ model: model.name, ...stateOf(model) })) };
      },
      deactivateModel: async (command) => {
        checks.onStop();
        return this.#obey(command, 'billing');
      },
      reactivateModel: async (command) => {
        checks.onStart();
        return this.#obey(command, null);
      },
    };
  }

  #obey({ model: name }: ModelCommand, by: 'billing' | null): CommandOutcome {
    if (this.#fails()) return { kind: 'failed', why: 'away' };
    const model = this.models.find((each) => each.name === name);
    if (model === undefined) return { kind: 'gone' };
    if (model.by !== 'owner' && model.by !== by) this.#set(model, by);
    return { kind: 'done', now: stateOf(model) };
  }

  #fails(): boolean {
    if (this.failures === 0) return false;
    this.failures -= 1;
    return true;
  }

  #set(model: Model, by: Model['by']): void {
    const last = model.ran.at(-1);
    if (by !== null && last?.toMs === null) last.toMs = this.of.now();
    if (by === null) model.ran.push({ fromMs: this.of.now(), toMs: null });
    model.by = by;
  }
}

function stateOf({ by }: Model): Omit<Extract<ListedModel, { state: 'stopped' }>, 'model'> | { state: 'active' } {
  return by === null ? { state: 'active' } : { state: 'stopped', stoppedBy: by };
}
