// What a workspace pays with: adding or replacing it on a page of Stripe's, reading and removing it.
import { Type } from '@sinclair/typebox';
import { readAs, scalar, Unreadable } from './reading';
import { Instant, words } from './scalars';
import { answer, entry, leavable, optional, said, type Wire } from './shape';

const urlLengthMax = 2000;
const ownMachine = ['localhost', '127.0.0.1', '[::1]'];

/** Where a browser is sent: https, or one's own machine. */
export const ReturnUrl = scalar<string, string>(
  {
    type: 'string',
    format: 'uri',
    maxLength: urlLengthMax,
    description: 'https, or http on localhost, at an origin that RETURN_ORIGINS names; left out: a page of ours',
    examples: ['https://app.example.com/billing'],
  },
  (value) =>
    typeof value === 'string' && isReturnUrl(value)
      ? value
      : new Unreadable('an address that begins with https:// (or http://localhost), of at most 2000 characters'),
);

function isReturnUrl(text: string): boolean {
  if (text.length > urlLengthMax || /[\s\p{Cc}{}]/u.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ownMachine.includes(hostname));
}

export const SetupEntry = entry('SetupEntry', { returnUrl: leavable(ReturnUrl) });
export type SetupEntry = Wire<typeof SetupEntry>;

/** Reads the body of POST …/payment-method/setup, which may be missing. Throws `invalid_request` with every fault. */
export function readSetupEntry(body: unknown): { readonly returnUrl: string | null } {
  return { returnUrl: readAs(SetupEntry, body ?? {}, { what: 'the setup is' }).returnUrl ?? null };
}

export const PayEntry = entry('PayEntry', {
  returnUrl: leavable(said('where the customer comes back to; of an origin that RETURN_ORIGINS names', ReturnUrl)),
});
export type PayEntry = Wire<typeof PayEntry>;

/** Reads the body of POST /v1/invoices/{invoice}/pay, which may be missing. Throws `invalid_request` with every fault. */
export function readPayEntry(body: unknown): { readonly returnUrl: string | null } {
  return { returnUrl: readAs(PayEntry, body ?? {}, { what: 'the payment is' }).returnUrl ?? null };
}

export const PayPage = answer('PayPage', {
  url: said("a page of Stripe's: send the customer there", Type.String()),
});

export const SetupPage = answer('SetupPage', {
  url: said("a page of Stripe's: send the customer there", Type.String()),
  expiresAt: said('until when it can be used', Instant),
});

export const PaymentMethod = answer('PaymentMethod', {
  type: words(['card', 'us_bank_account']),
  brand: optional(Type.String({ description: 'of a card', examples: ['visa'] })),
  last4: Type.String({ examples: ['4242'] }),
  expMonth: optional(Type.Integer({ minimum: 1, maximum: 12 })),
  expYear: optional(Type.Integer()),
});
export type PaymentMethod = Wire<typeof PaymentMethod>;

export const MethodRemoval = answer('MethodRemoval', {
  removed: said('whether anything was on file', Type.Boolean()),
});
