// "Half of your credits are used", "80 %", and, where something else pays from now on, "used up".
import { type Guarded, type GuardSaying, lastingWords, methodButton } from './guard-email';

export function creditsUsed(facts: Guarded): GuardSaying {
  return facts.percent === 100 ? usedUp(facts) : partlyUsed(facts);
}

function partlyUsed(facts: Guarded): GuardSaying {
  const { percent, remaining, granted, hasMethod, collection } = facts;
  const used = percent === 50 ? 'Half of your credits are used' : `${percent} % of your credits are used`;
  return {
    subject: `${used}: ${remaining} left`,
    preheader: `${remaining} of ${granted} left. ${lastingWords(facts)[0] ?? 'Nothing runs at the moment.'}`,
    heading: used,
    amount: remaining,
    amountSays: `left of ${granted}`,
    paragraphs: [
      ...lastingWords(facts),
      ...(hasMethod || collection === 'invoice'
        ? []
        : [
            'When they are used up and no payment method is on file, your models are stopped and nothing can be deployed. With a payment method everything goes on.',
          ]),
    ],
    ...methodButton(facts),
  };
}

function usedUp(facts: Guarded): GuardSaying {
  const { granted, hasMethod, collection, remaining } = facts;
  const next = nextWords({ hasMethod, collection });
  return {
    subject: 'Your credits are used up',
    preheader: `${granted} of credits are used up. ${next}`,
    heading: 'Your credits are used up',
    amount: remaining,
    amountSays: `left of ${granted}`,
    paragraphs: [next],
    ...methodButton(facts),
  };
}

function nextWords({ hasMethod, collection }: Pick<Guarded, 'hasMethod' | 'collection'>): string {
  if (collection === 'invoice') return 'From now on what you use is on your monthly invoice. Nothing stops.';
  if (hasMethod)
    return 'From now on your payment method on file is charged, once a month with your invoice. Nothing stops.';
  return 'Nothing can be deployed until a payment method is on file.';
}
