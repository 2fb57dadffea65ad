// `npm start`: everything that makes a running Minutebook, on this machine, until Ctrl-C.

import { parseArgs } from 'node:util';
import { readConfig } from '../runtime/config';
import { closeHome, forgetHome, openHome } from '../sandbox/home';
import { homeDirectory } from '../sandbox/places';
import { launcherGone } from '../sandbox/processes/launcher';
import { takeLock } from '../sandbox/processes/lock';
import { overseeChildren } from '../sandbox/processes/overseen';
import { endRecordedProcesses } from '../sandbox/processes/recorded-processes';
import { startSandbox } from '../sandbox/sandbox';
import { sandboxSeller } from '../sandbox/seller';
import { trialWords } from '../sandbox/trial-words';
import { welcome } from '../sandbox/welcome';

const usage = `npm start -- [--fresh] [--empty]
  --fresh  begin anew: forget the data of earlier runs
  --empty  without the simulated platform, its workspaces and prices`;

async function main(): Promise<void> {
  const options = readOptions();
  // What the servers write beside us, such as Temporal's database, is nobody else's business either.
  process.umask(0o077);
  const began = Date.now();
  const say = (line: string) => console.log(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);
  const env = { ...process.env };
  // Complain about settings before anything is started; what is not set is provided here.
  const provided = { DATABASE_URL: 'postgres://embedded', TEMPORAL_ADDRESS: 'embedded:7233', ...sandboxSeller(env) };
  readConfig({ ...provided, ...present(env) });

  const stopAsked = whenAsked(env);
  const home = homeDirectory(env);
  openHome(home);
  const lock = await takeLock(home);
  const children = overseeChildren(home, say);
  try {
    closeHome(home);
    const ended = await endRecordedProcesses(home);
    if (ended.length > 0) say(`ended what an earlier run left behind: ${ended.join(', ')}`);
    if (options.fresh) await forgetHome(home);
    const starting = startSandbox({ home, env, say, onSpawn: children.add, keepUp: children.keepUp }, options);
    starting.catch(() => undefined);
    const ending = Promise.race([stopAsked, children.lost]);
    const started = await Promise.race([starting, ending]);
    if (typeof started !== 'string') {
      console.log(welcome(started, home, (Date.now() - began) / 1000));
      void trialWords(started).then((words) => words !== undefined && say(words));
      say(`stopping: ${await ending}`);
    }
  } finally {
    lock.stopping();
    await children.stopAll();
    lock.release();
  }
  say('stopped');
  process.exit(0);
}

function whenAsked(env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    void launcherGone(env).then(() => resolve('the command that started it is gone'));
  });
}

function readOptions(): { readonly fresh: boolean; readonly empty: boolean } {
  const flags = { fresh: { type: 'boolean' }, empty: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options: flags, strict: true });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  return { fresh: values.fresh ?? false, empty: values.empty ?? false };
}

function present(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
