// "A webhook endpoint was disabled": to whoever runs this Minutebook, as no customer would know what to do.
import type { Seller } from '../parties';
import { type ComposedEmail, composeLetter } from './letter';
import { plainLine } from './plain';
import { instantName } from './wording';

export type EndpointDisabledFacts = {
  readonly endpoint: string;
  readonly url: string;
  readonly because: 'gone' | 'failing';
  readonly disabledAtMs: number;
  /** In the words of the last attempt. */
  readonly lastError: string | null;
};

export function composeEndpointDisabled(facts: EndpointDisabledFacts, seller: Seller): ComposedEmail {
  const { endpoint, because, disabledAtMs, lastError } = facts;
  const url = plainLine(facts.url, 300);
  const why =
    because === 'gone'
      ? 'It answered 410 Gone, which asks us to send nothing more.'
      : 'Nothing has come through to it for five days.';
  return composeLetter({
    subject: `A webhook endpoint was disabled: ${url}`,
    preheader: why,
    heading: 'A webhook endpoint was disabled',
    amount: 'Disabled',
    amountSays: instantName(disabledAtMs),
    paragraphs: [
      `${url} (${endpoint}) is sent no events any more. ${why}`,
      'Once it takes them again, enable it with PATCH /v1/webhook-endpoints/{id} {"enabled": true}, and have what it missed sent with POST /v1/webhook-endpoints/{id}/replay. Events are kept for 30 days.',
    ],
    rows: lastError === null ? [] : [{ label: 'The last attempt', value: lastError }],
    links: [],
    seller,
  });
}
