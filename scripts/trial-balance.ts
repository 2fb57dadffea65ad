// `npm run trial-balance`: prints the books by month and whether they add up; exit code 1 where they do not.

import path from 'node:path';
import { readBooks } from '../db/books/trial-balance';
import { connect } from '../db/connection/knex';
import { homeDirectory, readSandboxFile } from '../runtime/sandbox-file';
import { readOptions, usage } from './books/options';
import { asJson, asText } from './books/printed';

const projectDirectory = path.resolve(__dirname, __dirname.includes(`${path.sep}dist${path.sep}`) ? '../..' : '..');

async function main(): Promise<boolean> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(usage);
    return true;
  }
  const db = connect({ url: databaseUrl(), poolMax: 1, name: 'minutebook-trial-balance' });
  try {
    const books = await readBooks(db, options);
    console.log(options.isJson ? asJson(books) : asText(books));
    return books.checks.every(({ holds }) => holds);
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

main().then(
  (holds) => {
    process.exitCode = holds ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? `trial-balance: ${error.message}` : error);
    process.exitCode = 1;
  },
);
