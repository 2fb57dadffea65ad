// Of every POST: whether it needs an Idempotency-Key, judged by what it would do if it came again without one.

/**
 * `required`: coming again without a key would do it again, or lose what was answered. `optional`: its body, its address or what is
 * there already tells that it came before, and a key only brings the very same answer. `unread`: as that, and the header is not
 * looked at. `because` goes on after "needed, as" or "may be left out, as".
 */
export type Post = { readonly key: 'required' | 'optional' | 'unread'; readonly because: string };

const required = (because: string): Post => ({ key: 'required', because });
const optional = (because: string): Post => ({ key: 'optional', because });
const unread = (because: string): Post => ({ key: 'unread', because });

const keyInBody = optional('the key in the body tells that it came before');
const samePage = 'a page that is open is answered again';

/** By route. A POST that is not named here does not start. */
export const posts: { readonly [route: string]: Post } = {
  '/v1/keys': required('a key is shown once: again its name is taken, and the key itself lost'),
  '/v1/keys/:id/rotate': required('a key is shown once: again the old one is replaced already, and the new one lost'),
  '/v1/usage': unread('a minute of a replica counts once, however often it is reported'),
  '/v1/webhook-endpoints': required('a secret is shown once: again its address is taken, and the secret lost'),
  '/v1/webhook-endpoints/:endpoint/rotate-secret': required(
    'each call makes another secret, and ends the one before the last',
  ),
  '/v1/webhook-endpoints/:endpoint/test': required('each call sends another event'),
  '/v1/webhook-endpoints/:endpoint/replay': required('each call sends events once more'),
  '/v1/quarantine/replay': optional('what was replayed is not in quarantine any more'),
  '/v1/quarantine/drop': required('each call drops what lies there by then'),
  '/v1/workspaces/:workspace/billing-page': required('each call makes another link'),
  '/v1/workspaces/:workspace/grants': keyInBody,
  '/v1/workspaces/:workspace/grants/:key/end': optional('a grant that has ended is not ended again'),
  '/v1/workspaces/:workspace/corrections': keyInBody,
  '/v1/workspaces/:workspace/periods/:month/close': optional('a period closes once'),
  '/v1/workspaces/:workspace/payment-method/setup': optional(samePage),
  '/v1/workspaces/:workspace/refused-deploys': required('each call counts once more'),
  '/v1/workspaces/:workspace/suspension': optional('the same again, while it stands, changes nothing'),
  '/v1/invoices/:invoice/pay': optional(samePage),
  '/v1/invoices/:invoice/payments': keyInBody,
  '/v1/invoices/:invoice/write-off': keyInBody,
  '/v1/invoices/:invoice/credit-notes': keyInBody,
  '/v1/invoices/:invoice/void': keyInBody,
  '/v1/invoices/:invoice/refunds': keyInBody,
  '/v1/emails/:key/resend': required('each call has the e-mail sent once more'),
  '/v1/mail/bounces': required('a report that comes again has the mail sent once more'),
  '/v1/links/:token': unread(samePage),
  '/v1/stripe/webhook': unread('an event of Stripe has an id, and is taken once'),
  '/billing/:workspace/sign-out': unread('a visit ends once'),
};
