// The trace of a real month, from the CSV to the last issued invoice, beside what bare Postgres needs to append and fold
// the same pieces. The trace is not part of the project: BENCH_TRACE and BENCH_EXPECT name it and the expected bills.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type Db } from '../db/connection/knex';
import { sleep, startProcess, untilReady } from '../sandbox/processes/processes';

const script = (name: string) => path.join(__dirname, '..', 'scripts', `${name}.js`);

/** Bills the trace whole, and cut into heartbeats of an hour, each on a fresh Minutebook. */
export async function replay(): Promise<void> {
  const trace = process.env['BENCH_TRACE'];
  if (!trace || !existsSync(trace)) {
    console.log(`SKIPPED replay: BENCH_TRACE must name the trace; ${trace ? `there is no ${trace}` : 'it is not set'}`);
    return;
  }
  await replayOnce(trace, { what: 'whole', args: [], secondsMax: 90 });
  await replayOnce(trace, { what: 'in heartbeats of an hour', args: ['--every', '1h'], secondsMax: 240 });
}

async function replayOnce(
  trace: string,
  { what, args, secondsMax }: { what: string; args: readonly string[]; secondsMax: number },
): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), 'minutebook-bench-'));
  await chmod(home, 0o755);
  const env = { ...process.env, MINUTEBOOK_HOME: home };
  const sandboxFile = path.join(home, 'sandbox.json');
  const sandbox = await startProcess({
    name: 'minutebook',
    role: 'program',
    command: process.execPath,
    args: [script('start'), '--empty'],
    logFile: path.join(home, 'start.log'),
    stopWithinMs: 40_000,
    env,
  });
  try {
    await untilReady(sandbox, async () => existsSync(sandboxFile), 120_000);
    const expect = process.env['BENCH_EXPECT'];
    const began = performance.now();
    await run([script('replay'), trace, '--trace', 'dlrm', ...args, ...(expect ? ['--expect', expect] : [])], env);
    const seconds = (performance.now() - began) / 1000;
    const { databaseUrl } = JSON.parse(readFileSync(sandboxFile, 'utf8')) as { databaseUrl: string };
    // Let the metering that still goes on come to rest before the limit is measured on the same server.
    await sleep(5000);
    const db = connect({ url: databaseUrl, poolMax: 1 });
    try {
      const limit = await bareLimit(db);
      console.log(`replay ${what}: ${seconds.toFixed(1)} s to the last invoice (asked: at most ${secondsMax} s)`);
      console.log(
        `bare Postgres, the same ${limit.pieces} pieces: append ${limit.append.toFixed(1)} s + fold ${limit.fold.toFixed(1)} s in one session; ratio ${(seconds / (limit.append + limit.fold)).toFixed(1)}`,
      );
    } finally {
      await db.destroy();
    }
  } finally {
    await sandbox.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** Seconds that a copy of the pieces takes to append, and to fold into masks, by one statement each. */
async function bareLimit(db: Db): Promise<{ pieces: number; append: number; fold: number }> {
  await db.raw(`
    create unlogged table bench_pieces as select workspace_id, replica_id, hour, hours, phase, mask from usage_reports;
    create table bench_reports (like usage_reports including defaults including indexes);
    create table bench_hours (like replica_hours including defaults including indexes)`);
  const { rows } = await db.raw('select count(*)::int as pieces from bench_pieces');
  const append = await seconds(
    db,
    `
    insert into bench_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
    select now(), hour, mask, replica_id, 1, hours, phase, 0, workspace_id from bench_pieces`,
  );
  const fold = await seconds(
    db,
    `
    insert into bench_hours as stored (workspace_id, hour, replica_id, deploying, scaling_up, serving, scaling_down, idle)
    select workspace_id, hour + n * interval '1 hour', replica_id,
      coalesce(bit_or(mask) filter (where phase = 0), 0), coalesce(bit_or(mask) filter (where phase = 1), 0),
      coalesce(bit_or(mask) filter (where phase = 2), 0), coalesce(bit_or(mask) filter (where phase = 3), 0),
      coalesce(bit_or(mask) filter (where phase = 4), 0)
    from bench_reports cross join lateral generate_series(0, hours - 1) as n
    group by 1, 2, 3 order by 1, 2, 3
    on conflict (workspace_id, hour, replica_id) do nothing`,
  );
  return { pieces: rows[0].pieces, append, fold };
}

async function seconds(db: Db, sql: string): Promise<number> {
  const began = performance.now();
  await db.raw(sql);
  return (performance.now() - began) / 1000;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`replay ended with exit code ${code}`))));
  });
}
