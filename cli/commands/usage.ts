// Usage: a month by model and version, as its bill has it.
import { type Command, needed, textOf } from '../command';

type Line = {
  readonly model: string;
  readonly version: string;
  readonly instanceType: string;
  readonly replicaMinutes: number;
  readonly usdPerMinute: string;
  readonly listAmount: string;
};

const period = { period: { value: 'YYYY-MM', help: 'a month of UTC; left out: the running one' } };

export const usageCommands: readonly Command[] = [
  {
    usage: 'usage WORKSPACE',
    help: 'show a month: every model, what it cost, and what is due',
    options: period,
    run: async ({ client, print }, given) => {
      const asked = textOf(given, 'period');
      const dashboard = await (await client()).getUsage(
        needed(given, 'WORKSPACE'),
        asked === undefined ? {} : { period: asked },
      );
      const lines = dashboard.models.flatMap(({ model, versions }) =>
        versions.flatMap(({ version, instanceTypes }) =>
          instanceTypes.map((each): Line => ({ model, version, ...each })),
        ),
      );
      if (given.options['json'] === true) return print.one(dashboard, {});
      await print.table(lines, {
        model: (line) => line.model,
        version: (line) => line.version,
        'instance type': (line) => line.instanceType,
        'minutes>': (line) => line.replicaMinutes,
        'USD a minute>': (line) => line.usdPerMinute,
        'list USD>': (line) => line.listAmount,
      });
      const { bill } = dashboard;
      print.say('');
      print.one(dashboard, {
        period: dashboard.period,
        'metered through': dashboard.meteredThrough,
        'list amount': bill.listAmount,
        'volume discount': less(bill.volumeDiscount),
        'program discount': less(bill.programDiscount),
        credits: less(bill.creditsApplied),
        total: bill.total,
      });
    },
  },
];

// What there is none of is not shown.
function less(amount: string): string | undefined {
  return /[1-9]/.test(amount) ? `-${amount}` : undefined;
}
