// What routes that call the payment processor work with.
import type { Charging } from '../commands/connections';
import { MinutebookError } from '../domain/errors';
import type { Api } from './api';

/** Throws `payments_off` where nothing is charged. */
export function charging(api: Api): Api & Charging {
  const { payments } = api;
  if (payments !== undefined) return { ...api, payments };
  const detail = 'this Minutebook charges nothing: whoever runs it has to set STRIPE_SECRET_KEY';
  throw new MinutebookError({ code: 'payments_off', detail });
}
