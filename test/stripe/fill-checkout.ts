// Drives the hosted pages over HTTP as a browser does: GET, POST, follow. The last address, somebody else's, is not fetched.

export type CardTyped = {
  readonly number: string;
  readonly exp?: string;
  readonly cvc?: string;
  readonly name?: string;
};

export type AccountTyped = {
  readonly account: string;
  readonly routing?: string;
  readonly name?: string;
  readonly holderType?: 'individual' | 'company';
};

/** What the card's holder answers where their bank asks. */
export type Decision = 'approve' | 'fail';

export type Filled = {
  /** The address that the browser was sent to, outside of the emulator; null where it stayed on a page. */
  readonly ledTo: string | null;
  /** The sentence that the page shows, if it shows one. */
  readonly problem: string | null;
  readonly status: number;
  readonly wasAsked: boolean;
};

export async function fillCheckout(
  url: string,
  typed: CardTyped | AccountTyped,
  decision: Decision = 'approve',
): Promise<Filled> {
  const page = await fetch(url, { redirect: 'manual' });
  const html = await page.text();
  if (page.status !== 200) return { ledTo: null, problem: problemOf(html), status: page.status, wasAsked: false };
  const form = actionOf(html, url);
  return follow(await post(form, 'number' in typed ? cardForm(typed) : accountForm(typed)), form, decision, false);
}

async function follow(response: Response, from: string, decision: Decision, wasAsked: boolean): Promise<Filled> {
  const html = await response.text();
  const location = response.headers.get('location');
  if (location === null) return { ledTo: null, problem: problemOf(html), status: response.status, wasAsked };
  const next = new URL(location, from);
  if (next.origin !== new URL(from).origin)
    return { ledTo: next.href, problem: null, status: response.status, wasAsked };
  const page = await fetch(next, { redirect: 'manual' });
  if (!next.pathname.startsWith('/authenticate/')) return follow(page, next.href, decision, wasAsked);
  const form = actionOf(await page.text(), next.href);
  return follow(await post(form, { decision }), form, decision, true);
}

function cardForm({ number, exp = '12 / 34', cvc = '123', name = 'Ada Test' }: CardTyped): Record<string, string> {
  return { method: 'card', number, exp, cvc, name };
}

function accountForm(typed: AccountTyped): Record<string, string> {
  const { account, routing = '110000000', name = 'Ada Test', holderType = 'individual' } = typed;
  return { method: 'us_bank_account', account, routing, name, holder_type: holderType };
}

function post(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
}

function actionOf(html: string, base: string): string {
  const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1];
  if (action === undefined) throw new Error(`there is no form at ${base}`);
  return new URL(action, base).href;
}

function problemOf(html: string): string | null {
  const text = /role="alert">([^<]*)</.exec(html)?.[1] ?? /<h1>([^<]*)</.exec(html)?.[1] ?? null;
  return text?.replaceAll('&#39;', "'").replaceAll('&amp;', '&') ?? null;
}
