// An emulator of Stripe for a test file, and clients of it.

import Stripe from 'stripe';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../sandbox/stripe/emulator';
import { until } from '../harness/until';

export type StripeInTest = Emulator & {
  readonly stripe: Stripe;
  /** POSTs to one of its switches, such as `advance`; what it answers. */
  throwSwitch(name: string, body: object): Promise<Record<string, unknown>>;
  /** GETs one of them, such as `calls`. */
  read(name: string): Promise<Record<string, unknown>>;
  /** Until it has tried to send webhooks so often, and has noted what came of it. */
  untilTried(count: number): Promise<void>;
};

export async function openEmulator(options: EmulatorOptions = {}): Promise<StripeInTest> {
  const emulator = await startEmulator(options);
  const read = async (name: string) => answerOf(await fetch(`${emulator.url}/_emulator/${name}`));
  return {
    ...emulator,
    read,
    untilTried: async (count) => {
      const enough = async () => ((await read('state')) as { webhooks: { tries: number } }).webhooks.tries >= count;
      await until(`${count} attempts at webhooks were made`, enough, 20_000);
    },
    stripe: clientOf(emulator),
    throwSwitch: async (name, body) => {
      const headers = { 'content-type': 'application/json' };
      return answerOf(
        await fetch(`${emulator.url}/_emulator/${name}`, { method: 'POST', headers, body: JSON.stringify(body) }),
      );
    },
  };
}

/** One emulator for a whole jest file, started before its tests and closed after them. */
export function useEmulator(options: EmulatorOptions = {}): () => StripeInTest {
  let opened: StripeInTest | undefined;
  beforeAll(async () => {
    opened = await openEmulator(options);
  });
  afterAll(() => opened?.close());
  return () => {
    if (opened === undefined) throw new Error('the emulator is there once the first test runs');
    return opened;
  };
}

/** Stripe's own package, pointed at the emulator; it sends nothing twice of its own accord. */
export function clientOf(
  { url, secretKey }: Pick<Emulator, 'url' | 'secretKey'>,
  config: Stripe.StripeConfig = {},
): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(secretKey, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  });
}

async function answerOf(response: Response): Promise<Record<string, unknown>> {
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${response.status}: ${String(body['detail'])}`);
  return body;
}
