// What the inbox received, by the workspace that it was for.
import type { TestInbox } from '../sandbox/mail/inbox';

/** How often each Message-ID came to the address of a workspace. */
export type Mails = Readonly<Record<string, number>>;

export async function mailsByAddress(inbox: TestInbox): Promise<ReadonlyMap<string, Mails>> {
  const found = new Map<string, Record<string, number>>();
  for (const { rcptTo, messageId } of await inbox.messages()) {
    for (const address of rcptTo) {
      // As createWorkspace makes it.
      const workspace = address.replace(/^billing@(.*)\.example$/, '$1');
      const counts = found.get(workspace) ?? {};
      counts[messageId] = (counts[messageId] ?? 0) + 1;
      found.set(workspace, counts);
    }
  }
  return found;
}
