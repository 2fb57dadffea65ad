// In place of usage that was dropped, so that nobody takes it for none.
import { monthTitle } from './format';
import { Nothing } from './states';

export function NotKept({ period, keptFrom }: { readonly period: string; readonly keptFrom: string }) {
  return (
    <Nothing>
      What ran in {monthTitle(period)} is no longer kept: usage is shown since {monthTitle(keptFrom.slice(0, 7))}. The
      bill and its invoice stay as they are.
    </Nothing>
  );
}
