#!/usr/bin/env node
// The CLI's process.
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { run } from './run';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
// Whoever reads no further, such as head, has what he wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

run(process.argv.slice(2), {
  env: process.env,
  home: homedir(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  // On the standard error: the standard output is for what was asked for.
  ask: async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return (await lines.question(question)).trim();
    } finally {
      lines.close();
    }
  },
  signal: stopping.signal,
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
