// What a customer of the simulated platform types on the Stripe emulator's page, where payments go there.

import type { Client } from '../../client/http';
import { ProblemError } from '../../client/problem';
import { loopback } from '../ports';

/** The fields of the page, and what the card's holder answers where the bank asks. */
export type Typed = Readonly<Record<string, string>>;

/**
 * Puts what a workspace pays with on file, unless something is. Nothing is charged, or payments go to Stripe itself, whose
 * pages are for people: then there is none. Answers whether there is one now.
 */
export async function giveMethod(client: Client, workspace: string, typed: Typed): Promise<boolean> {
  if ((await client.getPaymentMethod(workspace)) !== undefined) return true;
  const page = await setupPage(client, workspace);
  if (page === undefined || new URL(page).hostname !== loopback) return false;
  await fill(page, typed);
  return true;
}

/** The page of Stripe's on which a workspace gives a payment method; undefined where nothing is charged. */
export async function setupPage(client: Client, workspace: string, returnUrl?: string): Promise<string | undefined> {
  try {
    return (await client.startPaymentMethodSetup(workspace, returnUrl === undefined ? {} : { returnUrl })).url;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.type?.endsWith('/payments_off')) return undefined;
    throw error;
  }
}

/** As a browser does: send the form of a page, answer the bank, follow to where the customer is sent back. */
export async function fill(page: string, typed: Typed): Promise<void> {
  let next = await submit(page, typed);
  if (new URL(next).pathname.startsWith('/authenticate/')) next = await submit(next, { decision: 'approve' });
  const back = await fetch(next, { redirect: 'manual' });
  await back.body?.cancel();
}

async function submit(page: string, fields: Typed): Promise<string> {
  const html = await (await fetch(page)).text();
  const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1] ?? page;
  const body = new URLSearchParams(fields);
  const response = await fetch(new URL(action, page), { method: 'POST', body, redirect: 'manual' });
  const location = response.headers.get('location');
  await response.body?.cancel();
  if (location === null) throw new Error(`expected ${page} to lead on, came ${response.status}`);
  return new URL(location, page).href;
}
