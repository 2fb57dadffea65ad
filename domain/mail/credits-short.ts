// "Your credits last for less than a day", at the present burn.
import { type Guarded, type GuardSaying, lastingWords, methodButton } from './guard-email';
import { instantName, lasting } from './wording';

export function creditsShort(facts: Guarded): GuardSaying {
  const { remaining, granted, zeroAtMs, atMs } = facts;
  const until = zeroAtMs === undefined ? '' : ` until ${instantName(zeroAtMs)}`;
  const left = zeroAtMs === undefined ? 'less than a day' : lasting(zeroAtMs - atMs);
  return {
    subject: `Your credits last for ${left}`,
    preheader: `${remaining} left: at the present use they last${until}. Then your models stop.`,
    heading: `Your credits last for ${left}`,
    amount: remaining,
    amountSays: `left of ${granted}`,
    paragraphs: [
      ...lastingWords(facts),
      'Then your models are stopped and nothing can be deployed, unless a payment method is on file. Add one in time, and nothing stops.',
    ],
    ...methodButton(facts),
  };
}
