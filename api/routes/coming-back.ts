// A customer comes back from the processor's page: what came of it is settled at once, without waiting for an event.
import { settleCheckout } from '../../commands/settle-checkout';
import { settleSetup } from '../../commands/settle-setup';
import { findCheckout, readPayable } from '../../db/payments/checkouts';
import { readActiveMethod } from '../../db/payments/methods';
import { findSetupSession, type SetupSession } from '../../db/payments/setup-sessions';
import { MinutebookError } from '../../domain/errors';
import type { Api } from '../api';
import { checking, nothingChanged, paidNotice, setupNotice, underWay, unknownSession } from '../pages/notices';
import { charging } from '../paying';
import type { Answered } from './payment-pages';

/** Where somebody is sent, or what he is shown, who comes back from a session. */
export async function comeBack(api: Api, session: string): Promise<Answered> {
  const setup = await findSetupSession(api.db, session);
  if (setup !== undefined) return fromSetup(api, setup);
  if ((await findCheckout(api.db, session)) !== undefined) return fromCheckout(api, session);
  return unknownSession;
}

// What is settled is told by our own rows: anybody may come back a thousand times, and Stripe takes so many calls a second.
async function fromSetup(api: Api, setup: SetupSession): Promise<Answered> {
  const { session, returnUrl } = setup;
  if (setup.state !== 'open') return returnUrl === null ? settledNotice(api, setup) : { to: returnUrl };
  const shown = await unlessAway(async () => {
    const reading = await charging(api).payments.readSession(session);
    return reading === undefined ? unknownSession : setupNotice(await settleSetup(charging(api), reading));
  });
  return returnUrl === null ? shown : { to: returnUrl };
}

async function settledNotice({ db }: Api, { workspace, state }: SetupSession): Promise<Answered> {
  if (state === 'expired') return setupNotice({ kind: 'expired' });
  const method = await readActiveMethod(db, workspace);
  return method === undefined ? nothingChanged : setupNotice({ kind: 'added', workspace, method, isNew: false });
}

async function fromCheckout(api: Api, session: string): Promise<Answered> {
  return unlessAway(async () => {
    await settleUnlessDone(api, session);
    const found = await findCheckout(api.db, session);
    const invoice = found && (await readPayable(api.db, found));
    if (found === undefined || invoice === undefined) return unknownSession;
    const { cancelUrl } = found;
    const link = cancelUrl.startsWith(`${api.settings.publicUrl}/pay/`) ? cancelUrl : undefined;
    // Whoever came by a link of an e-mail is told here; others are led back to where they came from, which knows.
    if (link === undefined && !isOurs(cancelUrl, api.settings.publicUrl)) return { to: cancelUrl };
    if (found.state === 'paid') return paidNotice(invoice, { paidCents: found.amountCents, link });
    return found.state === 'processing' ? underWay : nothingChanged;
  });
}

async function settleUnlessDone(api: Api, session: string): Promise<void> {
  const known = await findCheckout(api.db, session);
  if (known?.state !== 'open' && known?.state !== 'processing') return;
  const reading = await charging(api).payments.readSession(session);
  await settleCheckout(charging(api), { session, reading });
}

function isOurs(url: string, publicUrl: string | null): boolean {
  return url === '' || url.startsWith(`${publicUrl}/return`);
}

// The event, or the sweep, settles it.
async function unlessAway<Given extends Answered>(answer: () => Promise<Given>): Promise<Given | typeof checking> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof MinutebookError && error.code === 'unavailable') return checking;
    throw error;
  }
}
