// The e-mail to whoever runs this Minutebook that an endpoint was disabled: sent as it is asked for, as no workspace is told of it.

import type { Db } from '../db/connection/knex';
import { readLastError } from '../db/webhooks/deliveries';
import { findEndpoint, noteDisablingTold } from '../db/webhooks/endpoints';
import { MinutebookError } from '../domain/errors';
import { composeEndpointDisabled } from '../domain/mail/endpoint-disabled';
import { messageIdOf } from '../domain/mail/message-ids';
import type { DisablingTold } from '../domain/outcomes';
import type { MailOut } from './send-email';

/**
 * Sends it, once for each disabling: who dies before it is noted sends it again under the same Message-ID. Without a mail
 * server, or an address, nothing is sent: a gauge tells as well. Throws `unavailable` while the server is to be waited for.
 */
export async function tellEndpointDisabled(
  { db, mail }: { readonly db: Db; readonly mail?: MailOut },
  { endpoint: id }: { readonly endpoint: string },
): Promise<DisablingTold> {
  const endpoint = await findEndpoint(db, id);
  if (endpoint === undefined || endpoint.disabled === null || endpoint.disablings <= endpoint.toldDisablings) {
    return { sent: false };
  }
  const { url, disabled, disablings } = endpoint;
  const to = mail?.webhookAlertsTo;
  if (mail === undefined || to === undefined) {
    await noteDisablingTold(db, { id, disablings });
    return { sent: false };
  }
  const because = disabled.because === 'gone' ? 'gone' : 'failing';
  const lastError = await readLastError(db, id);
  const facts = { endpoint: id, url, because, disabledAtMs: disabled.atMs, lastError } as const;
  const { subject, text, html } = composeEndpointDisabled(facts, mail.seller);
  const key = `webhook-disabled:${id}:${disablings}`;
  const outcome = await mail.mailer.send({
    to: { address: to },
    returnPath: mail.returnOf({ emailKey: key, address: to }).path,
    messageId: messageIdOf({ key, domain: mail.domain }),
    dateMs: disabled.atMs,
    ...{ subject, text, html },
  });
  if (outcome.kind === 'deferred' || outcome.kind === 'unknown') {
    const detail = `the e-mail that endpoint ${id} was disabled waits for the mail server; it is tried again for days`;
    throw new MinutebookError({ code: 'unavailable', detail });
  }
  await noteDisablingTold(db, { id, disablings });
  return { sent: outcome.kind === 'accepted' };
}
