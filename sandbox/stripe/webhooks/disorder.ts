// What may happen to webhooks on their way, at will: Stripe promises at least once, in any order.

export type Disorder = {
  /** Each arrives twice. */
  readonly duplicate: boolean;
  /** What waits is sent newest first. */
  readonly shuffle: boolean;
  /** Counted as delivered, and never sent. */
  readonly drop: boolean;
  /** Nothing is sent until this is lifted. */
  readonly pause: boolean;
  readonly delayMs: number;
};

export const order: Disorder = { duplicate: false, shuffle: false, drop: false, pause: false, delayMs: 0 };

const switches = ['duplicate', 'shuffle', 'drop', 'pause'] as const;

/** The settings with the changes that a body asks for, or the sentence that says what is wrong with it. */
export function readDisorder(now: Disorder, body: Readonly<Record<string, unknown>>): Disorder | string {
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(order, name));
  if (unknown.length > 0) return `unknown: ${unknown.join(', ')}; there are ${Object.keys(order).join(', ')}`;
  for (const name of switches) {
    if (body[name] !== undefined && typeof body[name] !== 'boolean') return `${name} must be true or false`;
  }
  const { delayMs = now.delayMs } = body;
  if (typeof delayMs !== 'number' || !Number.isInteger(delayMs) || delayMs < 0 || delayMs > 600_000) {
    return `delayMs must be from 0 to 600000, came ${JSON.stringify(delayMs)}`;
  }
  return { ...now, ...(body as Partial<Disorder>), delayMs };
}
