// PostgreSQL refuses to run as root, so root hands it to an unprivileged account.

import { spawnSync } from 'node:child_process';
import { chown } from 'node:fs/promises';

export type ServerAccount = {
  /** Undefined: we are not root and run it ourselves. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether it needs to be helped into directories that are closed to it, such as a checkout under /root. */
  readonly closedOut: boolean;
};

/** Picks the account, gives it the directory, and makes sure that it reaches both directory and program. */
export async function accountFor(directory: string, program: string): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { user: undefined, closedOut: false };
  // No account is made: `nobody` exists everywhere, and a sandbox should leave the machine as it was.
  const user = lookUp('postgres') ?? lookUp('nobody');
  if (user === undefined) throw new Error(refusal('there is no account "postgres" or "nobody" to run it as'));
  await chown(directory, user.uid, user.gid);
  if (reaches({ user, closedOut: false }, directory, program)) return { user, closedOut: false };
  if (reaches({ user, closedOut: true }, directory, program)) return { user, closedOut: true };
  throw new Error(
    refusal(
      `its account (uid ${user.uid}) cannot enter ${directory} or run ${program}: a directory above is closed to it`,
    ),
  );
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

function reaches(account: ServerAccount, directory: string, program: string): boolean {
  const script = '"$1" --version && cd "$2" && test -w .';
  const { command, args, user } = runAs(account, '/bin/sh', ['-c', script, 'sh', program, directory]);
  return spawnSync(command, [...args], { stdio: 'ignore', cwd: '/', ...user }).status === 0;
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
