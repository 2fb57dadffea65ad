// When a billing period is opened ahead and when its invoice is first asked for: fixed by the workspace and the month.
import { fixedFraction } from './ids';
import { dayMs, formatInstant, type Month, monthEndMs } from './period';

/**
 * What a billingPeriod workflow is started with. All of it follows from the workspace, the month and the settings.
 * Instants are RFC 3339, as operators read them in the Web UI.
 */
export type BillingPeriodArguments = {
  readonly workspace: string;
  readonly month: Month;
  /**
   * When this period's workflow opens the next month: spread over the last three days but one of this month. Null where
   * the next month was opened together with this one, as the past months of a workspace that starts in the past are.
   */
  readonly opensNextAt: string | null;
  /** When the invoice is first asked for: the month's end plus this workspace's fixed share of the spread. */
  readonly closesAt: string;
};

/** The timetable of a period. The workspace's own fraction keeps a thousand month ends from one and the same second. */
export function timetable(
  { workspace, month }: { readonly workspace: string; readonly month: Month },
  { closeSpreadMs, isNextOpen }: { readonly closeSpreadMs: number; readonly isNextOpen: boolean },
): BillingPeriodArguments {
  const endMs = monthEndMs(month);
  const fraction = fixedFraction(workspace);
  return {
    workspace,
    month,
    opensNextAt: isNextOpen ? null : onTheSecond(endMs - 3 * dayMs + fraction * 2 * dayMs),
    closesAt: onTheSecond(endMs + fraction * closeSpreadMs),
  };
}

function onTheSecond(ms: number): string {
  return formatInstant(Math.floor(ms / 1000) * 1000);
}
