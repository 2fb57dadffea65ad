// Events of billing, as webhook endpoints are told of them.
import type { Client } from '../../client/http';
import type { WebhookEvent } from '../../contract/webhooks';
import { type Command, type Given, textOf } from '../command';
import { follow } from '../following';

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
      if (given.options['follow'] === true) {
        const known = await newestOf(client, given);
        return follow(context, { list: () => listed(client, given), known, lineOf });
      }
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

async function newestOf(client: Client, given: Given): Promise<WebhookEvent | undefined> {
  for await (const event of listed(client, given)) return event;
  return undefined;
}

function lineOf({ at, type, workspace }: WebhookEvent) {
  return { [at]: [type, workspace].filter((part) => part !== undefined).join('  ') };
}
