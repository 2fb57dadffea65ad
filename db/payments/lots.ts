// Which of more than can be looked at in a round: others in each, so that those that fail every time keep nobody from being
// looked at.
import { hourOf } from '../../domain/period';

/** SQL: an order that is another one with every `:lot`. */
export function byLot(column: string): string {
  return `hashtextextended(${column}::text, :lot::int8)`;
}

/** The lot of the hour. */
export function lotOf(nowMs: number): number {
  return hourOf(nowMs);
}
