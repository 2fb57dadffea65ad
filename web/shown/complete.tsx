// Until when the figures are complete. Every view with figures says it.
import { instant } from './format';

const behindMs = 30 * 60_000;

export function Complete({ through, ended }: { readonly through: string | null; readonly ended?: string | undefined }) {
  if (through === null) return <>No usage is complete yet: figures come as usage is reported.</>;
  const isOver = ended !== undefined && through >= ended;
  const isBehind = !isOver && Date.now() - Date.parse(through) > behindMs && (ended === undefined || through < ended);
  return (
    <>
      Complete through <time dateTime={through}>{instant(through)}</time>
      {isBehind ? <strong className="behind"> · behind: usage of the time since is still to come</strong> : undefined}
    </>
  );
}
