// "Your models were stopped": credits gone, an invoice past due, or by an operator; or only deploying is refused.
import { type Guarded, type GuardSaying, methodButton, payButton } from './guard-email';

export function suspended(facts: Guarded): GuardSaying {
  switch (facts.reason) {
    case 'past_due':
      return forInvoices(facts);
    case 'operator':
      return byOperator(facts);
    default:
      return forCredits(facts);
  }
}

function forCredits(facts: Guarded): GuardSaying {
  const { remaining, granted, isGranted } = facts;
  const head = hasStopped(facts) ? 'Your models were stopped' : 'Nothing can be deployed';
  // Credits that ended before they were used are not used up.
  const why = isGranted ? 'your credits are used up' : 'you have no credits left';
  return {
    subject: `${head}: ${why}`,
    preheader: `${sentence(why)}, and no payment method is on file. Add one, and everything goes on.`,
    heading: `${head}: ${why}`,
    amount: remaining,
    amountSays: isGranted ? `left of ${granted}` : 'of credits left',
    paragraphs: [
      `${sentence(why)}, and no payment method is on file. ${whatStopped(facts)}`,
      'Nothing was deleted. Add a payment method, and within seconds what we stopped starts again; what you had stopped yourself stays stopped.',
    ],
    ...methodButton(facts),
  };
}

function forInvoices(facts: Guarded): GuardSaying {
  const { owed } = facts;
  const head = hasStopped(facts) ? 'Your models were stopped' : 'Nothing can be deployed';
  return {
    subject: `${head}: ${owed} past due`,
    preheader: `${owed} past due. Once it is paid, everything goes on by itself.`,
    heading: `${head}: an invoice is past due`,
    amount: owed,
    amountSays: 'past due',
    paragraphs: [
      `We could not collect it. ${whatStopped(facts)}`,
      facts.scope === 'models'
        ? 'Nothing was deleted. Once it is paid, what we stopped starts again by itself; what you had stopped yourself stays stopped.'
        : 'What runs goes on for now. Once it is paid, you can deploy again at once.',
    ],
    ...payButton(facts),
  };
}

function byOperator(facts: Guarded): GuardSaying {
  const { message = '', seller } = facts;
  const ask = seller.email === undefined ? 'Please ask our support' : `Please write to ${seller.email}`;
  return {
    subject: 'Your account is suspended',
    preheader: message,
    heading: 'Your account is suspended',
    amount: 'Suspended',
    amountSays: facts.scope === 'models' ? 'Models and deployments' : 'New deployments',
    paragraphs: [message, whatStopped(facts), `Nothing was deleted. ${ask} if you have questions.`],
  };
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function hasStopped({ scope, modelCount }: Guarded): boolean {
  return scope === 'models' && modelCount > 0;
}

function whatStopped(facts: Guarded): string {
  return hasStopped(facts)
    ? `So we stopped ${facts.named}, and nothing can be deployed.`
    : 'So nothing can be deployed.';
}
