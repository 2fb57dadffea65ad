// Who calls, and where.
import { createClient } from '../../client/http';
import { ProblemError } from '../../client/problem';
import { type Command, needed, textOf, UsageError } from '../command';

export const loginCommands: readonly Command[] = [
  {
    usage: 'login URL',
    help: 'keep the address of the API and a key for the commands after it; the key is asked for, or given with --key',
    run: async ({ saved, ask, print }, given) => {
      const url = originOf(needed(given, 'URL'));
      const key = textOf(given, 'key') ?? (await ask('Key: '));
      if (!/^[\x21-\x7e]{1,512}$/.test(key)) throw new UsageError('expected a key without spaces, such as mb_admin_…');
      await assertOpens(url, key);
      await saved.write({ url, key });
      print.say(`Kept in ${saved.file}.`);
    },
  },
  {
    usage: 'logout',
    help: 'forget the login',
    run: async ({ saved, print }) => {
      await saved.forget();
      print.say('Forgotten.');
    },
  },
];

// Found out now, and not by the first command that is in a hurry. A workspace's key is known, and may not list them.
async function assertOpens(url: string, key: string): Promise<void> {
  const pages = createClient({ url, key, patienceMs: 10_000 }).listWorkspaces().pages();
  await pages.next().catch((error: unknown) => {
    if (!(error instanceof ProblemError && error.status === 403)) throw error;
  });
}

function originOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`expected an address such as https://billing.example.com, came ${text}`);
  }
  return new URL(text).origin;
}
