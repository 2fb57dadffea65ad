// What is mended for many, one after the other: whoever fails keeps none of the others from it.
import { MinutebookError } from '../domain/errors';

/** Does some work for each; answers what failed. */
export async function oneByOne<Each>(
  items: readonly Each[],
  work: (item: Each) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error));
  return failures;
}

/** Throws `internal` where something failed. `what` says for whom it could not be done, after "of 7 …, 2 ". */
export function assertNoneFailed(
  failures: readonly unknown[],
  { of, what }: { readonly of: string; readonly what: string },
): void {
  const [first] = failures;
  if (failures.length === 0) return;
  const said = first instanceof Error ? first.message : String(first);
  throw new MinutebookError({
    code: 'internal',
    detail: `of ${of}, ${failures.length} ${what}, the first: ${said}`,
    cause: first,
  });
}
