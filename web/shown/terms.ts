// The terms in force: later ones may be agreed on already.
import type { Answer } from '../../contract/operations';

type Terms = Answer<'listTerms'>;

export function termsNow(terms: Terms | undefined, nowMs = Date.now()): Terms['items'][number] | undefined {
  return terms?.items.findLast(({ effectiveFrom }) => Date.parse(effectiveFrom) <= nowMs);
}
