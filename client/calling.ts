// What the calls of client/calls are made of: verbs over one address and key, paths, and what is asked in many of them.

import { Listing } from './listing';
import { type Call, type ClientOptions, type Gives, persevere } from './persevering';
import { ProblemError } from './problem';

/** An hour of UTC as RFC 3339, such as `2025-01-31T23:00:00Z`; half-open, at most 31 days apart. */
export type HourRange = { readonly from?: string; readonly to?: string };

/** One model, or what of it is said further. */
export type OfLine = { readonly model: string; readonly version?: string; readonly instanceType?: string };

/** What is to be deployed. */
export type Deploy = { readonly model?: string; readonly version?: string };

/** A calendar month of UTC, as `2025-01`; left out: the running one. */
export type OfPeriod = { readonly period?: string };

/** Of one workspace or all, and when they begin: RFC 3339. */
export type EpisodesOf = { readonly workspace?: string; readonly from?: string; readonly to?: string };

export type AuditOf = EpisodesOf & { readonly action?: string; readonly actor?: string };

/** The verbs of one client. */
export type Calling = ReturnType<typeof callingWith>;

export function callingWith(options: ClientOptions) {
  const call = <Given>(wanted: Call) => persevere<Given>(options, wanted);
  const get = <Given>(path: string) => call<Given>({ method: 'GET', path });
  return {
    call,
    get,
    download: <Given>(path: string, gives: Gives) => call<Given>({ method: 'GET', path, gives }),
    put: <Given>(path: string, body: unknown) => call<Given>({ method: 'PUT', path, body }),
    patch: <Given>(path: string, body: unknown) => call<Given>({ method: 'PATCH', path, body }),
    post: <Given>(path: string, body?: unknown) => call<Given>({ method: 'POST', path, body }),
    remove: <Given>(path: string) => call<Given>({ method: 'DELETE', path }),
    list: <Item>(path: string, query: Query = {}) =>
      new Listing<Item>((cursor) => get(`${path}${queryOf({ ...query, cursor })}`)),
  };
}

export function inWorkspace(workspace: string): string {
  return `/v1/workspaces/${encodeURIComponent(workspace)}`;
}

export function ofInvoice(invoice: string): string {
  return `/v1/invoices/${encodeURIComponent(invoice)}`;
}

export type Query = { readonly [name: string]: string | undefined };

export function queryOf(query: Query): string {
  const said = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return said.length === 0 ? '' : `?${said.join('&')}`;
}

export async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return undefined;
    throw error;
  }
}
