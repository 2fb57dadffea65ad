// Events of billing, as webhook endpoints are told of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/http';
import type { WebhookEvent } from '../../contract/webhooks';
import { type Command, type Context, type Given, textOf } from '../command';

const everyMs = 2_000;

export const eventCommands: readonly Command[] = [
  {
    usage: 'events',
    help: 'list what endpoints are told of, the newest first: of the last 30 days, where one wanted it',
    options: {
      workspace: { value: 'WORKSPACE', help: 'only of it' },
      type: { value: 'TYPE', help: 'only these, such as invoice.paid' },
      follow: { help: 'show what happens from now on, until it is ended by Ctrl-C' },
    },
    run: async (context, given) => {
      const client = await context.client();
      if (given.options['follow'] === true) return follow(context, client, given);
      await context.print.table<WebhookEvent>(listed(client, given), {
        at: ({ at }) => at,
        type: ({ type }) => type,
        workspace: ({ workspace }) => workspace,
        event: ({ id }) => id,
      });
    },
  },
];

function listed(client: Client, given: Given) {
  const [workspace, type] = [textOf(given, 'workspace'), textOf(given, 'type')];
  return client.listWebhookEvents({
    ...(workspace === undefined ? {} : { workspace }),
    ...(type === undefined ? {} : { type: type as WebhookEvent['type'] }),
  });
}

// Read back to the newest that was there before; nothing at first.
async function follow({ print, signal }: Context, client: Client, given: Given): Promise<void> {
  let known = (await newest(client, given, undefined)).at(0)?.id;
  while (!signal.aborted) {
    const fresh = await newest(client, given, known);
    for (const event of [...fresh].reverse()) print.one(event, lineOf(event));
    known = fresh.at(0)?.id ?? known;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

const atOnceMax = 1_000;

async function newest(client: Client, given: Given, known: string | undefined): Promise<readonly WebhookEvent[]> {
  const found: WebhookEvent[] = [];
  for await (const event of listed(client, given)) {
    if (event.id === known || found.length === atOnceMax) break;
    found.push(event);
  }
  return found;
}

function lineOf({ at, type, workspace }: WebhookEvent) {
  return { [at]: [type, workspace].filter((part) => part !== undefined).join('  ') };
}
