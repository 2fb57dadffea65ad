// Ids and names out of a file or an option, with the one sentence for each of what they look like.

import { idSentence, isId, isName, nameSentence } from '../domain/ids';

const shownMax = 60;

/** Takes what is wrong; where it stands is known to the complaint already. */
export type Complain = (message: string) => void;

type Reading = { readonly what: string; readonly text: string };

/** The id of a workspace. */
export function readId({ what, text }: Reading, complain: Complain): string | undefined {
  const fits: boolean = isId(text);
  if (fits) return text;
  complain(`${what}: expected ${idSentence}, came ${text.slice(0, shownMax)}`);
  return undefined;
}

/** The name of a model, version, replica, instance type or source. */
export function readName({ what, text }: Reading, complain: Complain): string | undefined {
  const fits: boolean = isName(text);
  if (fits) return text;
  complain(`${what}: expected ${nameSentence}, came ${text.slice(0, shownMax)}`);
  return undefined;
}
