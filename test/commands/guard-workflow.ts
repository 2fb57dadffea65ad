// A guard's workflow without Temporal: it hears what is said to it in any order, twice or never, and each judgement is checked.
import { judgeWorkspace } from '../../commands/judge-workspace';
import { guardWorkflowId } from '../../domain/ids';
import type { Way } from './guard-happenings';
import type { World } from './guard-world';
import type { Guarding } from './guarding';

type Said = {
  readonly outbox_id: bigint;
  readonly kind: 'start' | 'signal';
  readonly arguments: { sequence?: number };
};

export class GuardWorkflow {
  /** When it looks by itself. */
  lookMs = Number.POSITIVE_INFINITY;
  #isStarted = false;
  #sequence = 0;
  #said: Said[] = [];
  #readTo = 0n;
  #ended = 0;
  #wasForCredits = false;
  #hadCredits = false;

  constructor(
    private readonly g: Guarding,
    private readonly world: World,
  ) {}

  /** What was said since it last heard anything reaches it, this way. */
  async hear(way: Way): Promise<void> {
    await this.#listen();
    if (way === 'held') return;
    const said = way === 'lost' ? this.#said.filter(({ kind }) => kind === 'start') : this.#said;
    this.#said = [];
    const inTurn = way === 'reordered' ? said.toReversed() : said;
    for (const each of way === 'doubled' ? inTurn.flatMap((one) => [one, one]) : inTurn) await this.#take(each);
    // One that was judged by already is judged by again where its answer was lost.
    if (way === 'doubled') await this.lookIfStarted();
  }

  async #listen(): Promise<void> {
    const rows: Said[] = await this.g
      .db('outbox')
      .where({ workflow_id: guardWorkflowId(this.world.workspace) })
      .where('outbox_id', '>', String(this.#readTo))
      .orderBy('outbox_id');
    this.#said.push(...rows);
    this.#readTo = rows.at(-1)?.outbox_id ?? this.#readTo;
  }

  // As the workflow does it: older ones are ignored, and so is a second start; nobody hears a signal before the first.
  async #take({ kind, arguments: { sequence = 0 } }: Said): Promise<void> {
    if (kind === 'start' ? this.#isStarted : !this.#isStarted || sequence <= this.#sequence) return;
    this.#isStarted = true;
    await this.look();
  }

  async lookIfStarted(): Promise<void> {
    if (this.#isStarted) await this.look();
  }

  async look(): Promise<void> {
    const { workspace, connections } = this.world;
    // What is started by it uses this minute.
    this.#hadCredits = this.world.oracle.left().leftNanos > 0n;
    this.#wasForCredits = (await this.world.standing()).includes('credits models');
    const { lookAt, sequence } = await judgeWorkspace(connections, { workspace });
    this.#sequence = sequence;
    this.lookMs = Date.parse(lookAt);
    await this.#expectReasons();
  }

  /** Whatever is stopped is stopped for a reason that there is. */
  onStop(): void {
    const { oracle } = this.world;
    const stops = oracle.stops().filter(({ scope }) => scope === 'models');
    const { leftNanos, needMostNanos } = oracle.left();
    // What is stopped for want of credits stays so in the last minute before a lower price, which it could not pay for.
    const staysStopped = this.#wasForCredits && !oracle.hasCard && leftNanos < needMostNanos;
    const isRight = stops.length > 0 || staysStopped;
    expect({ isRight, ...oracle.left(), hasCard: oracle.hasCard, at: this.g.now() }).toMatchObject({ isRight: true });
  }

  onStart(): void {
    const { oracle, wasAway } = this.world;
    const others = oracle.stops().filter(({ reason, scope }) => reason !== 'credits' && scope === 'models');
    expect(others).toEqual([]);
    // What was started after the last report is not in what was stopped, and a minute of all may take more than is left.
    // Nor is, of a time in which nobody took reports, what nobody had foreseen. What ran last before it was stopped for
    // another reason is known once it is reported.
    const { leftNanos } = oracle.left();
    const isRight = wasAway || !this.#wasForCredits || oracle.hasCard || oracle.isInvoiced() || leftNanos > 0n;
    expect({ isRight, leftNanos, at: this.g.now() }).toMatchObject({ isRight: true });
  }

  // What is past due and what an operator says is known at once: each judgement goes by it. Each reason has its own end.
  async #expectReasons(): Promise<void> {
    const { oracle, workspace } = this.world;
    const isOf = (text: string) => !text.startsWith('credits');
    const right = oracle.stops().map(({ reason, scope }) => `${reason} ${scope}`);
    expect((await this.world.standing()).filter(isOf)).toEqual(right.filter(isOf).sort());
    const ended = await this.g.db('suspensions').where({ workspace_id: workspace }).whereNotNull('ended_at');
    const latest = [...ended].sort((one, other) => one.ended_at - other.ended_at || one.number - other.number);
    for (const { reason, ended_because: because } of latest.slice(this.#ended)) {
      const ends = `${reason} until ${because}`;
      expect({ ends, isSo: this.#isEnd(reason, because) }).toEqual({ ends, isSo: true });
    }
    this.#ended = ended.length;
  }

  #isEnd(reason: string, because: string): boolean {
    const { oracle } = this.world;
    switch (`${reason} until ${because}`) {
      case 'credits until method':
        return oracle.hasCard;
      case 'credits until credits':
        return !oracle.hasCard && (this.world.wasAway || this.#hadCredits);
      case 'credits until terms':
      case 'past_due until terms':
        return oracle.isInvoiced();
      case 'past_due until paid':
        return oracle.pastDueScope() === null && !oracle.isPaused();
      case 'past_due until paused':
        return oracle.isPaused();
      case 'past_due until escalated':
        return oracle.pastDueScope() !== null;
      case 'operator until operator':
        return true;
      default:
        return false;
    }
  }
}
