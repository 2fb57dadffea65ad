// The way into the billing page, and what the page has to know of itself.
import { Type } from '@sinclair/typebox';
import { isView, viewPattern } from '../domain/billing-page';
import { ReturnUrl } from './payment-method';
import { readAs, scalar, Unreadable } from './reading';
import { Id, Instant } from './scalars';
import { answer, entry, leavable, optional, said, type Wire } from './shape';

const View = scalar<string, string>(
  { type: 'string', pattern: viewPattern, description: 'what is shown first', examples: ['invoices', 'task/method'] },
  (value) =>
    typeof value === 'string' && isView(value)
      ? value
      : new Unreadable('a view of the page such as invoices or usage?period=2025-01, without a slash at its ends'),
);

const Flag = scalar<boolean, boolean>({ type: 'boolean' }, (value) =>
  typeof value === 'boolean' ? value : new Unreadable('true or false'),
);

export const BillingPageEntry = entry('BillingPageEntry', {
  returnUrl: leavable(said('where the page leads back to; of an origin that RETURN_ORIGINS names', ReturnUrl)),
  view: leavable(View),
  readOnly: leavable(said('whoever opens it may change nothing', Flag)),
});
export type BillingPageEntry = Wire<typeof BillingPageEntry>;

/** Reads the body of POST …/billing-page, which may be missing. Throws `invalid_request` with every fault. */
export function readBillingPageEntry(body: unknown): {
  readonly returnUrl: string | null;
  readonly view: string | null;
  readonly isReadOnly: boolean;
} {
  const {
    returnUrl = null,
    view = null,
    readOnly = false,
  } = readAs(BillingPageEntry, body ?? {}, {
    what: 'the billing page is',
  });
  return { returnUrl, view, isReadOnly: readOnly };
}

export const BillingPageLink = answer('BillingPageLink', {
  url: said('send the customer there: it opens the page once', Type.String()),
  expiresAt: said('until when it can be opened', Instant),
});

const Color = Type.String({ pattern: '^#[0-9a-f]{6}$', examples: ['#1f5fc4'] });
const Shade = Type.Object({ color: Color, on: said('what is written on top of it', Color) });

/** Whose page it looks like. */
export const Platform = Type.Object({
  name: Type.String(),
  home: optional(Type.String({ description: 'where it is, for who came by the link of an e-mail' })),
  logo: optional(Type.String({ description: 'an address on this host' })),
  accent: optional(
    Type.Object({ light: Shade, dark: Shade }, { description: 'for each theme, with a contrast of at least 4.5 to 1' }),
  ),
});

export const PageSession = answer('PageSession', {
  workspace: Id,
  name: Type.String(),
  readOnly: said('whether everything may only be read', Type.Boolean()),
  expiresAt: optional(said('when the visit ends; sooner without use. Left out for a key', Instant)),
  idleMinutes: Type.Integer({ minimum: 1, description: 'without use the visit ends after so many' }),
  returnUrl: optional(Type.String({ description: 'where the page leads back to' })),
  platform: Platform,
});
export type PageSession = Wire<typeof PageSession>;
