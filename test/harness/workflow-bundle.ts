// The workflows, bundled for a worker: `npm test` has done it once; a plain `npx jest path` does it for each file, from
// the sources, in a process of its own, because webpack does not like to be loaded by jest.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { WorkerOptions } from '@temporalio/worker';

const project = path.resolve(__dirname, '..', '..');

const bundle = `
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const [workflowsPath, file] = process.argv.slice(1);
  bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })
    .then(({ code }) => require('node:fs').writeFileSync(file, code));`;

export async function workflowBundle(): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  const codePath = process.env['MINUTEBOOK_TEST_WORKFLOW_BUNDLE'];
  if (codePath) return { codePath };
  const directory = await mkdtemp(path.join(tmpdir(), 'minutebook-bundle-'));
  try {
    const file = path.join(directory, 'workflow-bundle.js');
    const workflows = path.join(project, 'workflows', 'index.ts');
    await promisify(execFile)(process.execPath, ['-e', bundle, workflows, file], { cwd: project });
    return { code: await readFile(file, 'utf8') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
