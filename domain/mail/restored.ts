// "Your models run again", or only that deploying is possible again.
import type { Guarded, GuardSaying } from './guard-email';

const causes = {
  method: 'A payment method is on file now: it is charged once a month with your invoice.',
  credits: 'There are credits again.',
  paid: 'Nothing is past due any more: thank you.',
  operator: 'The suspension of your account was lifted.',
} as const;

export function restored(facts: Guarded): GuardSaying {
  const { modelCount, named, because = 'credits' } = facts;
  const isAny = modelCount > 0;
  const head = isAny ? 'Your models run again' : 'You can deploy again';
  return {
    subject: head,
    preheader: causes[because],
    heading: head,
    amount: isAny ? `${modelCount} ${modelCount === 1 ? 'model' : 'models'}` : 'All set',
    amountSays: isAny ? 'started again' : 'deployments are taken',
    paragraphs: [
      causes[because],
      isAny ? `We started ${named} again. What you had stopped yourself stays stopped.` : 'Nothing had to be started.',
    ],
  };
}
