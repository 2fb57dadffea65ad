// What is said at the door of the billing page: links that are spent, visits that are over, and the way back.
import type { PageLink, Shown } from './page';

type Back = PageLink | undefined;

const anew = 'Open it again where you opened it before: in the settings of your account.';

export const unknown = notice(404, 'This address does not lead anywhere', [
  `It may have been cut short on its way. ${anew}`,
]);

export const notOpened = notice(403, 'Open this link in a window of its own', [
  'It opens your billing page once, and was asked for by a program ahead of you. It is still good.',
]);

export const foreign = notice(403, 'Nothing was changed', [
  'This was asked for by another site. Use the buttons of your billing page.',
]);

export const notBuilt = notice(503, 'The billing page is not here', [
  'It was not installed with this program. Whoever runs it has to build it.',
]);

export function used(back: Back): Shown {
  return notice(410, 'This link has been used', [`For your safety it opens your billing page once. ${anew}`], back);
}

export function expired(back: Back): Shown {
  return notice(410, 'This link has expired', [`For your safety it is good for some minutes only. ${anew}`], back);
}

export function closed(back: Back): Shown {
  const why = 'For your safety it closes when it is not used for a while, and at the end of the day.';
  return notice(401, 'Your billing page is closed', [`${why} ${anew}`], back);
}

export function signedOut(back: Back): Shown {
  return notice(200, 'You have left your billing page', ['You may close this window.'], back);
}

function notice(status: number, heading: string, paragraphs: readonly string[], link?: PageLink): Shown {
  return { status, page: { heading, paragraphs, ...(link === undefined ? {} : { link }) } };
}
