// Outgoing webhooks in the environment: which networks of one's own endpoints may lie in, and who is told that one was disabled.

import { isEmail } from '../domain/text';
import { type Network, parseNetwork } from '../gateways/webhooks/addresses';
import type { Parsed, Readers } from './config';

export type WebhookSettings = {
  /** Beside the public internet; in these by plain http as well. */
  readonly allowed: readonly Network[];
  /** Left out: the seller's own address. */
  readonly alertsTo: string | undefined;
};

export function readWebhookSettings(read: Readers): WebhookSettings {
  return {
    allowed: read.optional('WEBHOOK_ALLOW_NETWORKS', [], networks),
    alertsTo: read.optional('WEBHOOK_ALERTS_TO', undefined, address),
  };
}

export function networks(text: string): Parsed<readonly Network[]> {
  const parsed = text.split(',').map((each) => parseNetwork(each.trim()));
  const known = parsed.filter((each) => each !== undefined);
  if (known.length === parsed.length) return { value: known };
  return { expected: 'networks with commas between them, such as 10.1.0.0/16,fd00::/8' };
}

function address(text: string): Parsed<string> {
  return isEmail(text) ? { value: text } : { expected: 'an e-mail address such as operations@example.com' };
}
