// A bill as it stands on the dashboard, on an invoice, and for each period that an invoice holds usage of.
import { Type } from '@sinclair/typebox';
import { Amount, Cents, Month } from './scalars';
import { answer, type Wire } from './shape';

export const amounts = {
  listAmount: Amount,
  volumeDiscount: Amount,
  programDiscount: Amount,
  creditsApplied: Amount,
  amountDue: Amount,
};
export const Amounts = Type.Object(amounts);
export type Amounts = Wire<typeof Amounts>;

export const Bill = answer(
  'Bill',
  { ...amounts, total: Cents },
  { description: 'Positive and exact; total alone is rounded.' },
);
export type Bill = Wire<typeof Bill>;

export const BillPart = answer(
  'BillPart',
  { period: Month, late: Type.Boolean(), ...amounts },
  { description: 'A period whose usage the bill holds.' },
);
export type BillPart = Wire<typeof BillPart>;
