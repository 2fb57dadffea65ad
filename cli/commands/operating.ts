// What operators look at: health, sources, quarantine, keys, and what happens.
import type { AuditEntry } from '../../contract/audit';
import type { Key } from '../../contract/keys';
import type { Quarantined } from '../../contract/quarantine';
import type { Source } from '../../contract/sources';
import { type Command, needed, textOf } from '../command';
import { follow } from '../following';

export const operatingCommands: readonly Command[] = [
  {
    usage: 'health',
    help: 'show whether everything gets on',
    run: async ({ client, print }) => {
      const api = await client();
      const [ready, metering, guard, mail, payments, events] = await Promise.all([
        api.ready(),
        api.meteringHealth(),
        api.guardHealth(),
        api.mailHealth(),
        api.paymentsHealth(),
        api.stripeEventsHealth(),
      ]);
      const parts = { ready, metering, guard, mail, payments, events };
      print.one(parts, Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, shortly(part)])));
    },
  },
  {
    usage: 'sources',
    help: 'list who reports usage, and up to when it is complete',
    run: async ({ client, print }) =>
      print.table<Source>((await client()).listSources(), {
        source: ({ source }) => source,
        'complete through': ({ completeThrough }) => completeThrough,
        'metered through': ({ meteredThrough }) => meteredThrough,
      }),
  },
  {
    usage: 'quarantine',
    help: 'list usage that cannot be billed yet, and what it lacks',
    run: async ({ client, print }) =>
      print.table<Quarantined>((await client()).listQuarantine(), {
        workspace: ({ workspace }) => workspace,
        'instance type': ({ instanceType }) => instanceType,
        lacks: ({ reason }) => reason,
        'reports>': ({ reports }) => reports,
        from: ({ from }) => from,
        to: ({ to }) => to,
      }),
  },
  {
    usage: 'keys',
    help: 'list API keys, never the keys themselves',
    run: async ({ client, print }) =>
      print.table<Key>((await client()).listKeys(), {
        id: ({ id }) => id,
        role: ({ role }) => role,
        name: ({ name }) => name,
        workspace: ({ workspace }) => workspace,
        'last used': ({ lastUsedAt }) => lastUsedAt,
        expires: ({ expiresAt }) => expiresAt,
        revoked: ({ revokedAt }) => revokedAt,
      }),
  },
  {
    usage: 'keys make ROLE NAME',
    help: 'make an API key (platform, admin, workspace, read); it is shown this once',
    options: { workspace: { value: 'WORKSPACE', help: 'whose it is, for the role workspace' } },
    run: async ({ client, print }, given) => {
      const workspace = textOf(given, 'workspace');
      const key = await (await client()).createKey({
        role: needed(given, 'ROLE') as 'read',
        name: needed(given, 'NAME'),
        ...(workspace === undefined ? {} : { workspace }),
      });
      print.one(key, { id: key.id, role: key.role, name: key.name, key: key.key });
    },
  },
  {
    usage: 'tail',
    help: 'show what is changed while it happens: the audit log, until it is ended by Ctrl-C',
    options: {
      workspace: { value: 'WORKSPACE', help: 'only of it' },
      since: { value: 'INSTANT', help: 'from then on; left out: from now' },
    },
    run: async (context, given) => {
      const client = await context.client();
      const workspace = textOf(given, 'workspace');
      const asked = {
        from: textOf(given, 'since') ?? new Date().toISOString(),
        ...(workspace === undefined ? {} : { workspace }),
      };
      await follow(context, { list: () => client.listAudit(asked), known: undefined, lineOf });
    },
  },
];

function lineOf({ at, actor, action, workspace }: AuditEntry) {
  return { [at]: [action, workspace, `by ${actor}`].filter(Boolean).join('  ') };
}

function shortly(part: object): string {
  return Object.entries(part)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
