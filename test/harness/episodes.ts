// Episodes as the guard writes them, for tests of what is written off because of them.
import type { Db } from '../../db/connection/knex';

export type Episode = {
  readonly from: string;
  /** Left out: it is open. */
  readonly until?: string;
  readonly number?: number;
  readonly because?: 'credits' | 'method';
};

export async function addEpisode(db: Db, workspace: string, episode: Episode): Promise<void> {
  const { from, until = null, number = 1, because = 'credits' } = episode;
  await db('guard_episodes').insert({
    workspace_id: workspace,
    number,
    begins_at: from,
    because,
    noticed_at: from,
    ends_at: until,
    restored_at: until,
  });
}

export async function endEpisode(db: Db, workspace: string, { number = 1, until }: { number?: number; until: string }) {
  await db('guard_episodes').where({ workspace_id: workspace, number }).update({ ends_at: until, restored_at: until });
}
