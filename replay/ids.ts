// Ids and names out of a file or an option, with the one sentence for each of what they look like.

import { isId } from '../domain/ids';

const expectedId = 'expected 1 to 128 characters out of A-Z a-z 0-9 _ . : -';
const expectedName = 'expected 1 to 200 visible ASCII characters';
const shownMax = 60;

/** Takes what is wrong; where it stands is known to the complaint already. */
export type Complain = (message: string) => void;

type Reading = { readonly what: string; readonly text: string };

/** The id of a workspace or a source. */
export function readId({ what, text }: Reading, complain: Complain): string | undefined {
  const fits: boolean = isId(text);
  if (fits) return text;
  complain(`${what}: ${expectedId}, came ${text.slice(0, shownMax)}`);
  return undefined;
}

/** The name of a model, version, replica or instance type. */
export function readName({ what, text }: Reading, complain: Complain): string | undefined {
  const fits: boolean = isName(text);
  if (fits) return text;
  complain(`${what}: ${expectedName}, came ${text.slice(0, shownMax)}`);
  return undefined;
}

function isName(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text);
}
