import { composeEmail } from '../../../domain/mail/email';
import type { GuardFacts, GuardKind } from '../../../domain/mail/guard-email';
import { seller } from './samples';

const methodUrl = 'https://billing.example.com/method/abc';
const payUrl = 'https://billing.example.com/pay/def';
const facts: GuardFacts & { readonly buyerName: string } = {
  at: '2026-02-03T09:05:00Z',
  collection: 'charge',
  hasMethod: false,
  grantedNanos: '30000000000',
  remainingNanos: '12000000000',
  burnNanosPerHour: '2400000000',
  zeroAt: '2026-02-03T14:05:00Z',
  modelCount: 2,
  models: ['chat', 'embedder'],
  buyerName: 'Acme <b>GmbH</b>',
};
const compose = (kind: GuardKind, more: Partial<GuardFacts> = {}) =>
  composeEmail({ key: 'k', kind, facts: { ...facts, ...more } }, { seller, pdf: 'attached' });
const addMethod = `Add a payment method:\n${methodUrl}`;

test.each<[GuardKind, Partial<GuardFacts>, subject: string, says: readonly string[]]>([
  [
    'credits_used',
    { percent: 50, methodUrl },
    'Half of your credits are used: $12.00 left',
    ['At $2.40 an hour they last until 3 February 2026, 14:05 UTC (5 hours).', addMethod, 'models are stopped'],
  ],
  [
    'credits_used',
    { percent: 80, methodUrl, burnNanosPerHour: '4000' },
    '80 % of your credits are used: $12.00 left',
    ['At less than $0.01 an hour'],
  ],
  [
    'credits_used',
    { percent: 100, hasMethod: true, remainingNanos: '0' },
    'Your credits are used up',
    ['From now on your payment method on file is charged', 'Nothing stops.'],
  ],
  [
    'credits_used',
    { percent: 100, collection: 'invoice', remainingNanos: '0' },
    'Your credits are used up',
    ['From now on what you use is on your monthly invoice.'],
  ],
  ['credits_short', { methodUrl }, 'Your credits last for 5 hours', [addMethod, 'Add one in time']],
  [
    'suspended',
    { reason: 'credits', scope: 'models', methodUrl, remainingNanos: '10000000' },
    'Your models were stopped: your credits are used up',
    ['So we stopped chat and embedder', addMethod, 'what you had stopped yourself stays stopped', '$0.01 of $30.00'],
  ],
  [
    'suspended',
    { reason: 'credits', scope: 'models', modelCount: 0, models: [], grantedNanos: '0', remainingNanos: '0' },
    'Nothing can be deployed: you have no credits left',
    ['You have no credits left, and no payment method is on file.'],
  ],
  [
    'suspended',
    { reason: 'past_due', scope: 'deploys', owedCents: '108111', payUrl },
    'Nothing can be deployed: $1,081.11 past due',
    ['What runs goes on for now.', `Pay the invoice:\n${payUrl}`],
  ],
  [
    'suspended',
    { reason: 'past_due', scope: 'models', owedCents: '108111', payUrl, modelCount: 7 },
    'Your models were stopped: $1,081.11 past due',
    ['So we stopped chat, embedder and 5 more', payUrl],
  ],
  [
    'suspended',
    { reason: 'operator', scope: 'models', message: 'Please call us.' },
    'Your account is suspended',
    ['Please call us.', 'Please write to billing@example.com'],
  ],
  ['restored', { because: 'method' }, 'Your models run again', ['We started chat and embedder again.']],
  [
    'restored',
    { because: 'paid', modelCount: 0, models: [] },
    'You can deploy again',
    ['Nothing is past due any more'],
  ],
  [
    'deploy_refused',
    {
      deploy: { model: 'chat', version: 'v2', reason: 'credits_exhausted' },
      message: 'Your credits are used up.',
      methodUrl,
    },
    'A deployment was refused: chat v2',
    [
      'chat v2 was to be deployed on 3 February 2026, 09:05 UTC, and was refused.',
      'Your credits are used up.',
      addMethod,
    ],
  ],
])('%s %o', (kind, more, subject, says) => {
  const { subject: written, text, html } = compose(kind, more);
  expect(written).toBe(subject);
  // Lines are broken where they are long; links stand on their own.
  const flowing = text.replace(/([^:\n])\n(?!\n)/g, '$1 ');
  for (const each of says) expect(flowing).toContain(each);
  expect(html).toContain('Acme &lt;b&gt;GmbH&lt;/b&gt;');
});

test('whoever need do nothing has no button', () => {
  const links = /https:/;
  expect(compose('credits_used', { percent: 100, hasMethod: true }).text).not.toMatch(links);
  expect(compose('suspended', { reason: 'operator', scope: 'models', message: 'm' }).text).not.toMatch(links);
  expect(compose('restored', { because: 'method' }).text).not.toMatch(links);
});

test('what it is about stands within the first 90 characters that a list of mails shows', () => {
  for (const percent of [50, 80] as const) {
    expect(compose('credits_used', { percent }).preheader.slice(0, 90)).toContain('$12.00 of $30.00 left');
  }
  expect(compose('suspended', { reason: 'past_due', scope: 'models', owedCents: '5' }).preheader).toMatch(
    /^\$0\.05 past/,
  );
});
