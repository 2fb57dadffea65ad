// Workspaces: the customer accounts.
import type { Workspace } from '../../contract/workspaces';
import { type Command, needed, textOf } from '../command';

export const workspaceCommands: readonly Command[] = [
  {
    usage: 'workspaces',
    help: 'list workspaces',
    run: async ({ client, print }) =>
      print.table<Workspace>((await client()).listWorkspaces(), {
        workspace: ({ id }) => id,
        name: ({ name }) => name,
        'billing e-mail': ({ billingEmail }) => billingEmail,
        'starts at': ({ startsAt }) => startsAt,
      }),
  },
  {
    usage: 'workspace WORKSPACE',
    help: 'show a workspace, and whether it may deploy',
    run: async ({ client, print }, given) => {
      const [workspace, gate] = await Promise.all([
        (await client()).getWorkspace(needed(given, 'WORKSPACE')),
        (await client()).getGate(needed(given, 'WORKSPACE')),
      ]);
      if (workspace === undefined) throw new Error(`there is no workspace ${needed(given, 'WORKSPACE')}`);
      print.one(
        { ...workspace, gate },
        {
          workspace: workspace.id,
          name: workspace.name,
          'billing e-mail': workspace.billingEmail,
          'starts at': workspace.startsAt,
          'may deploy': gate.allowed ? 'yes' : `no: ${gate.message ?? gate.reason}`,
          'runs until': gate.runUntil,
        },
      );
    },
  },
  {
    usage: 'workspace put WORKSPACE',
    help: 'make a workspace, or change its name and e-mail',
    options: {
      name: { value: 'NAME', help: 'as it stands on invoices', isNeeded: true },
      email: { value: 'EMAIL', help: 'where invoices go', isNeeded: true },
      'starts-at': { value: 'INSTANT', help: 'billed from then on, such as 2026-10-01T00:00:00Z; else from now' },
    },
    run: async ({ client, print }, given) => {
      const startsAt = textOf(given, 'starts-at');
      const stored = await (await client()).putWorkspace(needed(given, 'WORKSPACE'), {
        name: needed(given, 'name'),
        billingEmail: needed(given, 'email'),
        ...(startsAt === undefined ? {} : { startsAt }),
      });
      print.one(stored, { workspace: stored.id, name: stored.name, 'starts at': stored.startsAt });
    },
  },
];
