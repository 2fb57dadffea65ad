// Credits: what is left, and giving some.
import type { Credits } from '../../contract/credits';
import { type Command, needed, textOf } from '../command';

export const creditCommands: readonly Command[] = [
  {
    usage: 'grants WORKSPACE',
    help: 'list the credits of a workspace, and what is left',
    run: async ({ client, print }, given) => {
      const credits = await (await client()).getCredits(needed(given, 'WORKSPACE'));
      if (given.options['json'] === true) return print.one(credits, {});
      await print.table<Credits['grants'][number]>(credits.grants, {
        grant: ({ key }) => key,
        kind: ({ kind }) => kind,
        status: ({ status }) => status,
        'amount USD>': ({ amount }) => amount,
        'left USD>': ({ remaining }) => remaining,
        from: ({ validFrom }) => validFrom,
        until: ({ validUntil }) => validUntil,
      });
      print.say('');
      print.one(credits, { 'available now': credits.available, 'burns per hour': credits.burnPerHour });
    },
  },
  {
    usage: 'grants give WORKSPACE',
    help: 'give credits; the same key again gives nothing more',
    options: {
      grant: { value: 'KEY', help: 'its key, such as welcome-2026', isNeeded: true },
      amount: { value: 'USD', help: 'such as 100', isNeeded: true },
      kind: { value: 'KIND', help: 'promotional (where left out), goodwill, …' },
      from: { value: 'INSTANT', help: 'pays usage from then on; left out: from the beginning of today, UTC' },
      until: { value: 'INSTANT', help: 'until then; left out: without end' },
    },
    run: async ({ client, print }, given) => {
      const until = textOf(given, 'until');
      const grant = await (await client()).addGrant(needed(given, 'WORKSPACE'), {
        key: needed(given, 'grant'),
        amount: needed(given, 'amount'),
        kind: (textOf(given, 'kind') ?? 'promotional') as 'promotional',
        // The same again within a day is the same grant.
        validFrom: textOf(given, 'from') ?? `${new Date().toISOString().slice(0, 10)}T00:00:00Z`,
        ...(until === undefined ? {} : { validUntil: until }),
      });
      print.one(grant, {
        grant: grant.key,
        amount: grant.amount,
        from: grant.validFrom,
        until: grant.validUntil ?? 'without end',
      });
    },
  },
];
