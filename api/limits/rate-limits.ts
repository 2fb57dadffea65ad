// How often anybody may call: by key, intake by itself, and whoever has no key by address. A mistake in a loop is stopped;
// what is ordinary never comes near. Counted in each process by itself, so that several of them allow that much more.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MinutebookError } from '../../domain/errors';
import { networkOf } from './addresses';
import { type Buckets, createBuckets, type Taken, windowMs } from './buckets';

/** Calls a minute; 0: as many as come. */
export type RateLimitSettings = {
  /** Of a key, or of a visit to the billing page. */
  readonly calls: number;
  /** Of a key, of usage alone. */
  readonly intake: number;
  /** Of an address, without a key or with one that opens nothing. */
  readonly strangers: number;
  /** Any clock that never goes back; the machine's own where left out. */
  readonly now?: () => number;
};

type Class = 'calls' | 'intake' | 'strangers';

const unlimited: RateLimitSettings = { calls: 0, intake: 0, strangers: 0 };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `intake`: counted apart from other calls. `none`: what must be answered always. */
    rateLimit?: 'intake' | 'none';
  }
}

export type RateLimits = {
  /** Counts a call of a key or of a visit. Throws `rate_limited`. */
  countCaller(request: FastifyRequest, reply: FastifyReply, caller: string): void;
  /** Counts a call of whoever is not known. Throws `rate_limited`. */
  countStranger(request: FastifyRequest, reply: FastifyReply): void;
  /** Refuses strangers who have called too often already, without counting. Throws `rate_limited`. */
  refuseStranger(request: FastifyRequest, reply: FastifyReply): void;
};

const settingOf: { readonly [name in Class]: { readonly setting: string; readonly of: string } } = {
  calls: { setting: 'RATE_LIMIT', of: 'one key' },
  intake: { setting: 'RATE_LIMIT_INTAKE', of: 'one key' },
  strangers: { setting: 'RATE_LIMIT_STRANGERS', of: 'one address' },
};

/** Without settings nobody is limited. */
export function rateLimits(settings: RateLimitSettings = unlimited): RateLimits {
  const { now } = settings;
  const bucketsOf = (name: Class) =>
    settings[name] === 0 ? undefined : createBuckets({ callsAMinute: settings[name], ...(now && { now }) });
  const buckets: { readonly [name in Class]: Buckets | undefined } = {
    calls: bucketsOf('calls'),
    intake: bucketsOf('intake'),
    strangers: bucketsOf('strangers'),
  };
  const judge = (reply: FastifyReply, name: Class, taken: Taken | undefined) => {
    if (taken === undefined) return;
    const quota = settings[name];
    reply.headers(headersOf(name, quota, taken));
    if (taken.isAllowed) return;
    reply.header('retry-after', secondsOf(taken));
    throw refusal(name, quota, taken);
  };
  return {
    countCaller: (request, reply, caller) => {
      const { rateLimit } = request.routeOptions.config;
      if (rateLimit === 'none') return;
      const name = rateLimit ?? 'calls';
      judge(reply, name, buckets[name]?.take(caller));
    },
    countStranger: (request, reply) => {
      if (request.routeOptions.config.rateLimit === 'none') return;
      judge(reply, 'strangers', buckets.strangers?.take(networkOf(request.ip)));
    },
    refuseStranger: (request, reply) => {
      const found = buckets.strangers?.peek(networkOf(request.ip));
      if (found?.isAllowed === false) judge(reply, 'strangers', found);
    },
  };
}

// As draft-ietf-httpapi-ratelimit-headers has them since its tenth: structured fields, each item a policy by its name.
function headersOf(name: Class, quota: number, taken: Taken) {
  const more = taken.moreInMs === 0 ? '' : `;t=${secondsOf(taken)}`;
  return {
    'ratelimit-policy': `"${name}";q=${quota};w=${windowMs / 1000}`,
    ratelimit: `"${name}";r=${taken.remaining}${more}`,
  };
}

function refusal(name: Class, quota: number, taken: Taken): MinutebookError {
  const { setting, of } = settingOf[name];
  const afterSeconds = secondsOf(taken);
  const detail = `expected at most ${quota} calls a minute of ${of}, came more; nothing was done: call again in ${afterSeconds} s. Whoever runs Minutebook sets ${setting}`;
  return new MinutebookError({ code: 'rate_limited', detail });
}

function secondsOf({ moreInMs }: Taken): number {
  return Math.max(1, Math.ceil(moreInMs / 1000));
}
