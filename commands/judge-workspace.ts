// The judgement of a workspace: what its credits still cover, whether it is stopped, and what its models are told.
import type { Connections } from './connections';

/** What a judgement came to. Instants are RFC 3339, amounts decimal strings of dollars. */
export type Judged = {
  /** Everything said up to this number is judged by. */
  readonly sequence: number;
  readonly state: 'ok' | 'low' | 'suspended';
  /** When to look again, if nobody has anything to say before. */
  readonly lookAt: string;
  readonly remaining: string;
  readonly burnPerHour: string;
  readonly zeroAt?: string;
  /** What is suspended, why, and what would end it: for operators. */
  readonly words: string;
};

export async function judgeWorkspace(
  _: Pick<Connections, 'db' | 'clock' | 'settings'>,
  { workspace }: { readonly workspace: string },
): Promise<Judged> {
  throw new Error(`nobody judges ${workspace} yet`);
}
