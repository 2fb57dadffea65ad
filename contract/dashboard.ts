// Usage as it is shown: the dashboard of a month, and the hourly series.
import { type TSchema, Type } from '@sinclair/typebox';
import type { Phase } from '../domain/usage';
import { amounts, Bill, BillPart } from './bill';
import { InvoiceStatus } from './invoices';
import { cursor, longNumberPart, Next, numberPart } from './pages';
import {
  Amount,
  Cents,
  Count,
  Day,
  Instant,
  Minutes,
  Month,
  Name,
  OnTheHour,
  Phase as PhaseName,
  UsdPerMinute,
} from './scalars';
import { answer, optional, orNull, parameters, said, type Wire } from './shape';

const phaseMinutes = {
  deploying: Minutes,
  scaling_up: Minutes,
  serving: Minutes,
  scaling_down: Minutes,
  idle: Minutes,
} satisfies Record<Phase, TSchema>;
export const PhaseMinutes = Type.Object(phaseMinutes, {
  description: 'minutes by phase; a minute in two phases counts in both',
});
export type PhaseMinutes = Wire<typeof PhaseMinutes>;

const figures = { activeMinutes: Minutes, replicaMinutes: Minutes, listAmount: Amount };

export const InstanceTypeUsage = answer(
  'InstanceTypeUsage',
  {
    instanceType: Name,
    replicaMinutes: Minutes,
    usdPerMinute: UsdPerMinute,
    listAmount: Amount,
    phases: PhaseMinutes,
  },
  { description: 'One entry a price.' },
);
export const VersionUsage = answer('VersionUsage', {
  version: Name,
  ...figures,
  instanceTypes: Type.Array(InstanceTypeUsage),
});
export const ModelUsage = answer('ModelUsage', { model: Name, ...figures, versions: Type.Array(VersionUsage) });
export type ModelUsage = Wire<typeof ModelUsage>;

export const LateUsage = answer(
  'LateUsage',
  { invoice: Type.String(), number: Type.String(), period: Month, ...amounts },
  { description: 'Usage of a period that a later invoice billed.' },
);
export type LateUsage = Wire<typeof LateUsage>;

export const VoidUsage = answer(
  'VoidUsage',
  { model: Name, version: Name, instanceType: Name, replicaMinutes: Minutes },
  { description: 'Minutes that corrections or a void invoice made void, in any phase.' },
);
export type VoidUsage = Wire<typeof VoidUsage>;

// Only where it is later than what was asked for.
const usageKeptFrom = optional(
  said('usage before it was dropped and is in no figure; bills and invoices stay. Left out where all is kept', Instant),
);

export const Dashboard = answer('Dashboard', {
  period: Month,
  meteredThrough: said('usage is complete and rolled up until then; null before anything was', orNull(Instant)),
  models: Type.Array(ModelUsage, { description: 'every minute of the period, late ones too' }),
  usageKeptFrom,
  bill: Bill,
  parts: Type.Array(BillPart, { description: 'the periods whose usage the bill holds' }),
  invoice: optional(
    Type.Object({ id: Type.String(), number: Type.String(), status: InvoiceStatus, issuedAt: Instant }),
  ),
  writtenOff: optional(
    said(
      'of the bill, what ran after the credits were gone and is not asked for; before there is an invoice, by now',
      Cents,
    ),
  ),
  credited: optional(said("by credit notes for the period's invoice; its bill stays as it was issued", Cents)),
  voidUsage: optional(Type.Array(VoidUsage, { description: 'in no other figure' })),
  lateUsage: optional(Type.Array(LateUsage, { description: 'usage of this period that later invoices billed' })),
  unbilled: optional(
    Type.Object({ listAmount: Amount }, { description: 'usage of this closed period that no invoice holds yet' }),
  ),
});
export type Dashboard = Wire<typeof Dashboard>;

export const PeriodQuery = parameters({ period: optional(said('left out: the running month', Month)) });

export const HourOfUsage = answer('HourOfUsage', {
  hour: OnTheHour,
  replicaMinutes: Minutes,
  listAmount: Amount,
  models: Type.Array(
    Type.Object({
      model: Name,
      version: Name,
      instanceType: Name,
      ...figures,
      usdPerMinute: UsdPerMinute,
      phases: PhaseMinutes,
    }),
  ),
});
export type HourOfUsage = Wire<typeof HourOfUsage>;

export const UsageHours = answer('UsageHours', {
  from: OnTheHour,
  to: OnTheHour,
  meteredThrough: orNull(Instant),
  usageKeptFrom,
  items: Type.Array(HourOfUsage, { description: 'the hours with usage, ascending' }),
  next: optional(Next),
});
export type UsageHours = Wire<typeof UsageHours>;

const line = {
  version: optional(said('with model', Name)),
  instanceType: optional(said('with model', Name)),
};

export const UsageHoursQuery = parameters({
  from: optional(OnTheHour),
  to: optional(OnTheHour),
  model: optional(said('of this model alone', Name)),
  ...line,
  cursor: optional(cursor(numberPart)),
});

const ofModels = {
  replicaMinutes: Minutes,
  listAmount: Amount,
  models: Type.Array(Type.Object({ model: Name, ...figures })),
};

export const DayOfUsage = answer('DayOfUsage', { day: Day, ...ofModels });
export type DayOfUsage = Wire<typeof DayOfUsage>;

export const UsageDays = answer('UsageDays', {
  period: Month,
  meteredThrough: orNull(Instant),
  usageKeptFrom,
  items: Type.Array(DayOfUsage, { description: 'the days with usage, ascending' }),
});
export type UsageDays = Wire<typeof UsageDays>;

export const UsageDay = answer('UsageDay', {
  day: Day,
  meteredThrough: orNull(Instant),
  usageKeptFrom,
  items: Type.Array(Type.Object({ hour: OnTheHour, ...ofModels }), { description: 'the hours with usage, ascending' }),
});
export type UsageDay = Wire<typeof UsageDay>;

export const MinuteRange = answer(
  'MinuteRange',
  { phase: PhaseName, from: Instant, to: Instant },
  { description: 'Whole minutes that a replica was in a phase, half-open; minutes that went void are left out.' },
);

export const ReplicaHour = answer('ReplicaHour', {
  hour: OnTheHour,
  version: Name,
  instanceType: Name,
  replica: Name,
  billableMinutes: said('a minute in two billable phases counts once', Minutes),
  voidMinutes: optional(said('in no other figure', Minutes)),
  phases: PhaseMinutes,
  ranges: Type.Array(MinuteRange),
});
export type ReplicaHour = Wire<typeof ReplicaHour>;

export const UsageReplicas = answer('UsageReplicas', {
  from: OnTheHour,
  to: OnTheHour,
  meteredThrough: orNull(Instant),
  usageKeptFrom,
  items: Type.Array(ReplicaHour, { description: 'by hour, then in the order in which replicas were first seen' }),
  next: optional(Next),
});
export type UsageReplicas = Wire<typeof UsageReplicas>;

export const UsageReplicasQuery = parameters({
  from: optional(OnTheHour),
  to: optional(OnTheHour),
  model: Name,
  ...line,
  cursor: optional(cursor(numberPart, longNumberPart)),
});

const range = { low: Amount, expected: Amount, high: Amount };

export const Forecast = answer('Forecast', {
  period: Month,
  asOf: said('from here on it is foreseen', Instant),
  listAmount: Type.Object(range, { description: "for the whole period, as the bill's" }),
  amountDue: Type.Object(range, { description: 'after discounts and credits, by the same calculation as the invoice' }),
  basis: Type.String({ description: 'how it is made, in words' }),
  made: Type.Object(
    {
      days: Count,
      extremeDays: said('the quiet and the busy day are the mean of so many', Count),
      meanDay: Amount,
      quietDay: Amount,
      busyDay: Amount,
      toDate: Amount,
      hoursAhead: Count,
    },
    { description: 'how it is made, in figures: list amounts of the days looked back on' },
  ),
});
export type Forecast = Wire<typeof Forecast>;
