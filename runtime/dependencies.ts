// The one place where things are built from the configuration; everything else receives them.

import { asyncLocalStorage } from '@temporalio/activity';
import { type Activities, type ActivityDependencies, createActivities } from '../activities';
import { connect } from '../db/knex';
import { UsageAppender } from '../db/usage-reports';
import type { Config } from './config';

export type Dependencies = ActivityDependencies & {
  readonly activities: Activities;
  close(): Promise<void>;
};

/** `name` is what Postgres shows of this process in pg_stat_activity. */
export function createDependencies(
  config: Pick<
    Config,
    'databaseUrl' | 'poolMax' | 'usageDeadlineHours' | 'closeSpreadMinutes' | 'usageReportsKeepDays'
  >,
  { name, clock = Date.now }: { readonly name: string; readonly clock?: ActivityDependencies['clock'] },
): Dependencies {
  const db = connect({ url: config.databaseUrl, poolMax: config.poolMax, name });
  const dependencies: ActivityDependencies = {
    db,
    appender: new UsageAppender(),
    clock,
    heartbeat: () => asyncLocalStorage.getStore()?.heartbeat(),
    settings: {
      deadlineMs: config.usageDeadlineHours * 3_600_000,
      closeSpreadMs: config.closeSpreadMinutes * 60_000,
      keepReportsDays: config.usageReportsKeepDays,
    },
  };
  return { ...dependencies, activities: createActivities(dependencies), close: () => db.destroy() };
}
