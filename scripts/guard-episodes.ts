// `npm run guard-episodes`: prints what ran on after credits were gone, the newest first, and how long it took to stop it.

import path from 'node:path';
import { connect } from '../db/connection/knex';
import { listEpisodes, summarizeEpisodes } from '../db/guard/episodes';
import { homeDirectory, readSandboxFile } from '../runtime/sandbox-file';
import { readOptions, usage } from './episodes/options';
import { asJson, asText } from './episodes/printed';

const projectDirectory = path.resolve(__dirname, __dirname.includes(`${path.sep}dist${path.sep}`) ? '../..' : '..');

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), Date.now());
  if (options === undefined) {
    console.log(usage);
    return;
  }
  const db = connect({ url: databaseUrl(), poolMax: 1, name: 'minutebook-guard-episodes' });
  try {
    const episodes = await listEpisodes(db, { ...options, before: null });
    const found = { episodes, summary: await summarizeEpisodes(db, options) };
    console.log(options.isJson ? asJson(found) : asText(found));
  } finally {
    await db.destroy();
  }
}

function databaseUrl(): string {
  const found =
    process.env['DATABASE_URL'] || readSandboxFile(homeDirectory(process.env, projectDirectory))?.databaseUrl;
  if (found) return found;
  throw new Error(
    'expected DATABASE_URL to be the address of the database to read, or a Minutebook that npm start started',
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? `guard-episodes: ${error.message}` : error);
  process.exitCode = 1;
});
