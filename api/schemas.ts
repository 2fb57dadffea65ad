// What goes over the wire, described once under its name: the components of the OpenAPI document.
import { grantKinds } from '../domain/credits';
import { idPattern } from '../domain/ids';
import { phases } from '../domain/usage';
import { list, object, oneOf, orNull, ref, type Schema, text, whole } from './schema';

export const id = text(undefined, { pattern: idPattern });
export const instant = text('RFC 3339, UTC', { format: 'date-time', examples: ['2025-01-31T23:59:00Z'] });
export const onTheHour = text('RFC 3339, on a whole hour of UTC', { format: 'date-time' });
export const month = text('a UTC calendar month', { pattern: '^\\d{4}-\\d{2}$', examples: ['2025-01'] });
export const amount = text('US dollars, exact to nine decimals', { examples: ['12.345000000'] });
export const cents = text('US dollars, rounded to the cent', { examples: ['12.35'] });
export const price = text('US dollars a minute, exact', { examples: ['0.02012'] });
const minutes = whole('minutes', { minimum: 0 });
const usd = { ...text('US dollars, at most nine decimals'), type: ['string', 'integer'] };
const percent = { type: ['number', 'string'], description: '0 to 100, at most two decimals' };
const next = text('the cursor of the next page; left out on the last');

/** The path parameter of everything below a workspace. */
export const inWorkspace = { ...object({ workspace: id }), properties: { workspace: id } };

/** A page of a list. */
export function page(items: Schema): Schema {
  return object({ items: list(items) }, { next });
}

const phaseMinutes = object(Object.fromEntries(phases.map((phase) => [phase, minutes])), {}, 'minutes by phase');

const amounts = {
  listAmount: amount,
  volumeDiscount: amount,
  programDiscount: amount,
  creditsApplied: amount,
  amountDue: amount,
};
const part = object({ period: month, late: { type: 'boolean' }, ...amounts }, {}, 'a period in a bill');

const figures = { activeMinutes: minutes, replicaMinutes: minutes, listAmount: amount };
const line = object(
  {
    kind: oneOf(['usage', 'volume_discount', 'program_discount', 'credit']),
    description: text(),
    period: month,
    amount: text('US dollars and cents; discounts and credits are negative'),
  },
  { model: id, version: id, instanceType: id, replicaMinutes: minutes, usdPerMinute: price },
);
const statedInvoice = { workspace: id, period: month, currency: text(), lines: list(line), bill: ref('Bill') };

export const schemas: Readonly<Record<string, Schema>> = {
  Problem: object(
    {
      type: text('names the kind of problem, for ever', { format: 'uri' }),
      title: text(),
      status: whole(),
      detail: text('what was expected, what came, what to do'),
      code: text(),
    },
    {
      faults: list(object({ field: text(), message: text() }, { index: whole('which entry of the list, from 0') })),
      id: text('of a 500: what the log has the cause under'),
    },
  ),
  UsageReport: object(
    {
      workspace: id,
      model: id,
      version: id,
      replica: id,
      instanceType: id,
      phase: oneOf(phases),
      from: instant,
      to: instant,
    },
    {},
    'One replica was in one phase from one instant to another: half-open, at most 31 days.',
  ),
  UsageReceipt: object({
    accepted: whole('reports that count'),
    quarantined: whole('reports that lack a workspace or a price; they count by themselves once it is there'),
  }),
  PriceEntry: object(
    {
      instanceType: id,
      usdPerMinute: { ...orNull(usd), description: 'null ends a contract price: the standard price holds again' },
      effectiveFrom: onTheHour,
    },
    { workspace: { ...id, description: 'a contract price of this workspace alone' } },
  ),
  Price: object(
    { instanceType: id, usdPerMinute: orNull(price), effectiveFrom: onTheHour },
    { workspace: id, effectiveUntil: onTheHour },
  ),
  WorkspaceEntry: object(
    { name: text(), billingEmail: text(undefined, { format: 'email' }) },
    { startsAt: { ...instant, description: 'at most ten years back; left out: now, taken down to the hour' } },
  ),
  Workspace: object({ id, name: text(), billingEmail: text(), startsAt: instant, createdAt: instant }),
  TermsEntry: object(
    { effectiveFrom: onTheHour, plan: text() },
    {
      volumeTiers: list(object({ upTo: orNull(usd), percent }), 'ascending; upTo is null in the last'),
      programDiscount: orNull(object({ kind: oneOf(['education', 'nonprofit']), percent })),
      billablePhases: list(oneOf(phases)),
      collection: oneOf(['charge', 'invoice']),
      netDays: whole(undefined, { minimum: 0, maximum: 365 }),
    },
    'Terms hold from their hour until the next. They replace all terms: what is left out is as without terms.',
  ),
  Terms: object(
    {
      effectiveFrom: onTheHour,
      plan: text(),
      volumeTiers: list(object({ upTo: orNull(price), percent: { type: 'number' } })),
      programDiscount: orNull(object({ kind: oneOf(['education', 'nonprofit']), percent: { type: 'number' } })),
      billablePhases: list(oneOf(phases)),
      collection: oneOf(['charge', 'invoice']),
      netDays: whole(),
    },
    { effectiveUntil: onTheHour },
  ),
  GrantEntry: object(
    { key: id, amount: usd, kind: oneOf(grantKinds), validFrom: instant },
    { validUntil: orNull(instant), priority: whole('lower is spent first; 100 where left out') },
  ),
  Grant: object(
    {
      key: id,
      kind: oneOf(grantKinds),
      amount,
      remaining: { ...amount, description: 'the amount less the draws of issued invoices' },
      validFrom: instant,
      validUntil: orNull(instant),
      priority: whole(),
      createdAt: instant,
    },
    { endedAt: { ...instant, description: 'when it was ended early; validUntil is from when on' } },
  ),
  Credits: object(
    {
      grants: list({
        allOf: [
          ref('Grant'),
          object({
            pending: amount,
            status: oneOf(['upcoming', 'active', 'used', 'expired', 'ended']),
            lost: {
              ...amount,
              description: 'what is left of one that is over; late usage of its hours may still draw it',
            },
          }),
        ],
      }),
      remaining: { ...amount, description: 'of all grants, less the draws of issued invoices' },
      pending: { ...amount, description: 'what the periods without an invoice will draw' },
      available: { ...amount, description: 'what is left of the grants valid now, after what is pending' },
      burnPerHour: amount,
      level: oneOf(['ok', 'low', 'gone']),
      draws: list(object({ grant: id, invoice: text(), number: text(), period: month, amount })),
    },
    { hoursLeft: whole('at the present burn') },
  ),
  Bill: object({ ...amounts, total: cents }, {}, 'Positive and exact; total alone is rounded.'),
  Dashboard: object(
    {
      period: month,
      meteredThrough: orNull({ ...instant, description: 'usage is complete and rolled up until then' }),
      models: list(
        object({
          model: id,
          ...figures,
          versions: list(
            object({
              version: id,
              ...figures,
              instanceTypes: list(
                object({
                  instanceType: id,
                  replicaMinutes: minutes,
                  usdPerMinute: price,
                  listAmount: amount,
                  phases: phaseMinutes,
                }),
                'one entry a price',
              ),
            }),
          ),
        }),
        'every minute of the period, late ones too',
      ),
      bill: ref('Bill'),
      parts: list(part, 'the periods whose usage the bill holds'),
    },
    {
      invoice: object({ id: text(), number: text(), status: text(), issuedAt: instant }),
      lateUsage: list(
        object({ invoice: text(), number: text(), period: month, ...amounts }),
        'usage of this period that later invoices billed',
      ),
      unbilled: object({ listAmount: amount }, {}, 'usage of this closed period that no invoice holds yet'),
    },
  ),
  UsageHours: object(
    {
      from: onTheHour,
      to: onTheHour,
      meteredThrough: orNull(instant),
      items: list(
        object({
          hour: onTheHour,
          replicaMinutes: minutes,
          listAmount: amount,
          models: list(
            object({ model: id, version: id, instanceType: id, ...figures, usdPerMinute: price, phases: phaseMinutes }),
          ),
        }),
        'the hours with usage, ascending',
      ),
    },
    { next },
  ),
  Invoice: object({
    id: text(),
    number: text(),
    status: oneOf(['issued', 'paid', 'past_due', 'uncollectible']),
    issuedAt: instant,
    closedBecause: oneOf(['complete', 'deadline', 'requested']),
    ...statedInvoice,
    parts: list(part),
  }),
  UpcomingInvoice: object({ status: oneOf(['upcoming']), ...statedInvoice, parts: list(part) }),
  Period: object(
    {
      period: month,
      status: oneOf(['open', 'waiting', 'invoiced', 'empty']),
      startsAt: instant,
      endsAt: instant,
      openedAt: instant,
    },
    {
      closeRequestedAt: instant,
      closedAt: instant,
      closedBecause: oneOf(['complete', 'deadline', 'requested']),
      invoice: text(),
    },
  ),
  SetAside: object(
    {
      workspace: id,
      work: oneOf(['replay', 'fold', 'roll_up', 'credits'], 'the step of metering that it makes fail'),
      error: text(),
      firstAt: instant,
      lastAt: instant,
      attempts: whole(),
      nextAttemptAt: instant,
    },
    {},
    'A workspace that made a step of metering fail: the others go on, and it is tried by itself.',
  ),
  MeteringHealth: object({
    status: oneOf(['ok', 'failing', 'late'], 'late: a step has not gone through a shard for several rounds'),
    setAside: whole('how many workspaces are set aside'),
    steps: list(
      object(
        {
          step: oneOf(['replay', 'fold', 'roll_up', 'credits']),
          status: oneOf(['ok', 'failing', 'late']),
          lastSucceededAt: orNull({ ...instant, description: 'in the shard in which that is longest ago' }),
          failingShards: whole(),
        },
        { failingSince: instant },
      ),
    ),
  }),
  Quarantined: object({
    workspace: id,
    instanceType: id,
    reason: oneOf(['unknown_workspace', 'before_start', 'no_price', 'mended'], 'mended: about to be replayed'),
    reports: whole(),
    from: instant,
    to: instant,
  }),
};
