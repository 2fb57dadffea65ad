// PostgreSQL refuses to run as root, so root hands it to an unprivileged account.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export type ServerAccount = {
  /** Undefined: we are not root and run it ourselves. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether it needs to be helped into a directory that is closed to it, such as one in a checkout under /root. */
  readonly closedOut: boolean;
};

/** Picks the account, gives it the directory, and makes sure that it can work there. */
export async function accountFor(directory: string): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { user: undefined, closedOut: false };
  // No account is made: `nobody` exists everywhere, and a sandbox should leave the machine as it was.
  const user = lookUp('postgres') ?? lookUp('nobody');
  if (user === undefined) throw new Error(refusal('there is no account "postgres" or "nobody" to run it as'));
  await chown(directory, user.uid, user.gid);
  const worksThere = (account: ServerAccount) =>
    tryAs(account, '/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', directory]);
  for (const closedOut of [false, true]) if (worksThere({ user, closedOut })) return { user, closedOut };
  throw new Error(
    refusal(`its account (uid ${user.uid}) cannot enter ${directory}: a directory above is closed to it`),
  );
}

/** The binaries, copied for all to read where the account cannot reach them: PostgreSQL looks for its own by access(). */
export async function openBinaries(native: string, version: string, { user }: ServerAccount): Promise<string> {
  const runs = (copy: string) => tryAs({ user, closedOut: false }, path.join(copy, 'bin', 'postgres'), ['--version']);
  if (user === undefined || runs(native)) return native;
  const open = path.join('/var/cache/minutebook', `postgresql-${version}`);
  if (existsSync(open)) return open;
  await mkdir(path.dirname(open), { recursive: true });
  // For all to enter, whatever the mask that new files get.
  await chmod(path.dirname(open), 0o755);
  const work = await mkdtemp(`${open}.`);
  try {
    await cp(native, path.join(work, 'native'), { recursive: true, verbatimSymlinks: true });
    await rename(path.join(work, 'native'), open);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  if (!runs(open)) throw new Error(refusal(`its account (uid ${user.uid}) can run neither ${native} nor ${open}`));
  return open;
}

/** The command that runs a program under the account. */
export function runAs(account: ServerAccount, program: string, args: readonly string[]) {
  if (account.user === undefined) return { command: program, args };
  if (!account.closedOut) return { command: program, args, user: account.user };
  // An ambient capability, kept across the change of user: it passes closed directories but is no longer root, which is
  // all that PostgreSQL asks. Only in a sandbox, and only where the checkout lies in somebody's private directory.
  const { uid, gid } = account.user;
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return { command: 'setpriv', args: [...identity, ...capability, '--', program, ...args] };
}

function tryAs(account: ServerAccount, program: string, args: readonly string[]): boolean {
  const { command, args: all, user } = runAs(account, program, args);
  return spawnSync(command, [...all], { stdio: 'ignore', cwd: '/', ...user }).status === 0;
}

function lookUp(name: string): { uid: number; gid: number } | undefined {
  const ask = (flag: string) => spawnSync('id', [flag, name], { encoding: 'utf8' });
  const [uid, gid] = [ask('-u'), ask('-g')];
  if (uid.status !== 0 || gid.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function refusal(reason: string): string {
  return (
    `PostgreSQL does not run as root, and ${reason}. Start as another user, move the checkout and MINUTEBOOK_HOME to a ` +
    'directory that everybody may enter, or set DATABASE_URL to a server of your own.'
  );
}
