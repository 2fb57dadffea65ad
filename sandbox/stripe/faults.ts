// Faults that the emulator is asked to show (POST /_emulator/faults), each so many times at one operation.

export type FaultKind = (typeof faultKinds)[number];

export type Fault = {
  /** Such as `POST /v1/payment_intents/:id/confirm`. */
  readonly on: string;
  readonly kind: FaultKind;
  readonly times: number;
  /** Of `slow`: how long it takes before it is executed. */
  readonly delayMs: number;
};

export const faultKinds = [
  /** Executed, and never answered. */
  'timeout_after',
  /** Executed, and answered with a 500, which its key keeps. */
  'error_after',
  /** The connection is cut, nothing executed. */
  'reset_before',
  /** Executed, and the connection is cut. */
  'reset_after',
  'rate_limited',
  /** 429 as well, since another request holds the object. */
  'lock_timeout',
  /** Answered with a 500, nothing executed. */
  'error_before',
  /** Executed after a while; its key is in flight meanwhile. */
  'slow',
] as const;

const fields = ['on', 'kind', 'times', 'delayMs'];

/** The fault that a body asks for, or the sentence that says what is wrong with it. */
export function readFault(body: Readonly<Record<string, unknown>>): Fault | string {
  const unknown = Object.keys(body).filter((name) => !fields.includes(name));
  if (unknown.length > 0) return `unknown: ${unknown.join(', ')}; a fault has ${fields.join(', ')}`;
  const { on, kind, times = 1, delayMs = 1000 } = body;
  const known = faultKinds.find((each) => each === kind);
  if (known === undefined) return `kind must be one of ${faultKinds.join(', ')}, came ${JSON.stringify(kind)}`;
  if (typeof on !== 'string' || !/^(GET|POST|DELETE) \/v1\//.test(on)) {
    return `on must be such as "POST /v1/payment_intents", came ${JSON.stringify(on)}`;
  }
  if (!isWhole(times, 1, 1_000_000)) return `times must be a whole number from 1, came ${JSON.stringify(times)}`;
  if (!isWhole(delayMs, 0, 600_000)) return `delayMs must be from 0 to 600000, came ${JSON.stringify(delayMs)}`;
  return { on, kind: known, times, delayMs };
}

function isWhole(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;
}

export type Faults = {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  /** The oldest fault that this operation is to show, one time less from then on. */
  take(operation: string): Fault | undefined;
};

export function createFaults(): Faults {
  let faults: readonly Fault[] = [];
  return {
    add: (fault) => {
      faults = [...faults, fault];
    },
    clear: () => {
      faults = [];
    },
    list: () => faults,
    take: (operation) => {
      const taken = faults.find(({ on }) => on === operation);
      faults = faults.flatMap((fault) => {
        if (fault !== taken) return [fault];
        return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
      });
      return taken;
    },
  };
}
