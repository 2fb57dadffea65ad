// Usage that was reported after its month had been closed: it stands on an invoice of a later month, or on none yet.

import { formatUsdShort } from '../../domain/money';
import { monthName } from '../../domain/period';
import { amount } from './amounts';
import { replicaMinutesOf } from './closing-table';
import type { Billed } from './invoices';

const saidMax = 20;

/** What the rows hold besides their own month, and what of their month they do not hold. */
export function lateLines(billed: readonly Billed[]): string[] {
  const lines = billed.flatMap((row) => [...borneLines(row), ...owedLines(row)]);
  if (lines.length === 0) return [];
  const more = lines.length > saidMax ? [`  and ${lines.length - saidMax} more`] : [];
  return ['Usage reported late:', ...lines.slice(0, saidMax), ...more];
}

// The invoice's figures are with these parts.
function borneLines({ invoice }: Billed): string[] {
  const parts = (invoice?.parts ?? []).filter(({ late }) => late);
  return parts.map(({ period, listAmount }) => {
    const minutes = replicaMinutesOf((invoice?.lines ?? []).filter((line) => line.period === period));
    return `  ${invoice?.number} holds, of ${monthName(period)}: ${minutes} replica-minutes, ${usd(listAmount)} at list price`;
  });
}

// And without these.
function owedLines({ workspace, month, dashboard }: Billed): string[] {
  const of = `${workspace}, ${monthName(month)}`;
  return [
    ...(dashboard.lateUsage ?? []).map(
      ({ number, listAmount }) => `  ${of}: ${usd(listAmount)} at list price is on ${number}`,
    ),
    ...(dashboard.unbilled === undefined
      ? []
      : [`  ${of}: ${usd(dashboard.unbilled.listAmount)} at list price goes on the workspace's next invoice`]),
  ];
}

function usd(text: string): string {
  return `$${formatUsdShort(amount(text))}`;
}
