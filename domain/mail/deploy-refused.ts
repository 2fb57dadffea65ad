// "A deployment was refused": the first of a day, why, and what helps.
import { type Guarded, type GuardSaying, methodButton, payButton } from './guard-email';
import { plainLine } from './plain';
import { instantName } from './wording';

export function deployRefused(facts: Guarded): GuardSaying {
  const { deploy, message = '', atMs } = facts;
  const version = deploy?.version === undefined ? '' : ` ${plainLine(deploy.version, 40)}`;
  const name = `${plainLine(deploy?.model ?? '', 60)}${version}`;
  return {
    subject: `A deployment was refused: ${name}`,
    preheader: message,
    heading: 'A deployment was refused',
    amount: 'Refused',
    amountSays: name,
    paragraphs: [
      `${name} was to be deployed on ${instantName(atMs)}, and was refused. ${message}`,
      'We write of refused deployments once a day.',
    ],
    ...(deploy?.reason === 'past_due' ? payButton(facts) : methodButton(facts)),
  };
}
