// Faults that the inbox is asked to show (POST /faults), so that it can be seen what Minutebook makes of them.

export type Stage = (typeof stages)[number];

export type Fault = {
  /** An SMTP reply, nothing ever, or the connection cut once the mail is here. */
  readonly answer: number | 'hang' | 'drop_after_data';
  readonly times: number;
  readonly at: Stage;
  readonly recipient?: string;
  /** The enhanced status code (RFC 3463) of a reply. */
  readonly enhanced?: string;
  /** Of drop_after_data: the mail is kept, though its sender cannot know. */
  readonly keep?: true;
};

export const stages = ['connect', 'mail', 'rcpt', 'data'] as const;

const fields = ['answer', 'times', 'at', 'recipient', 'enhanced', 'keep'];
const timesMax = 1_000_000;

/** The fault that a body asks for, or the sentence that says what is wrong with it. */
export function readFault(body: unknown): Fault | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return 'expected an object such as {"answer": 451, "times": 3}';
  }
  const unknown = Object.keys(body).filter((name) => !fields.includes(name));
  if (unknown.length > 0) return `unknown: ${unknown.join(', ')}; a fault has ${fields.join(', ')}`;
  const { answer, times = 1, at = 'data', recipient, enhanced, keep } = body as Readonly<Record<string, unknown>>;
  const isDrop = answer === 'drop_after_data';
  if (!isReply(answer) && answer !== 'hang' && !isDrop) {
    return `answer must be 451, 550, another reply from 400 to 599, "drop_after_data" or "hang", came ${JSON.stringify(answer)}`;
  }
  if (!Number.isInteger(times) || Number(times) < 1 || Number(times) > timesMax) {
    return `times must be a whole number from 1 to ${timesMax}, came ${JSON.stringify(times)}`;
  }
  const stage = stages.find((each) => each === at);
  if (stage === undefined) return `at must be one of ${stages.join(', ')}, came ${JSON.stringify(at)}`;
  if (isDrop && stage !== 'data') return `drop_after_data happens at data, not at ${stage}`;
  if (keep !== undefined && (keep !== true || !isDrop)) return 'keep may only be true, and only of drop_after_data';
  if (recipient !== undefined && typeof recipient !== 'string') return 'recipient must be an address';
  if (recipient !== undefined && stage !== 'rcpt' && stage !== 'data') {
    return `at ${stage} no recipient is known yet: leave recipient out, or say at: "rcpt" or "data"`;
  }
  if (enhanced !== undefined && !isEnhancedOf(answer, enhanced)) {
    return `enhanced must be a status such as "5.7.1" of the reply's class, came ${JSON.stringify(enhanced)}`;
  }
  return {
    answer,
    times: Number(times),
    at: stage,
    ...(recipient === undefined ? {} : { recipient: recipient.toLowerCase() }),
    ...(enhanced === undefined ? {} : { enhanced }),
    ...(keep === true ? { keep } : {}),
  };
}

function isReply(answer: unknown): answer is number {
  return typeof answer === 'number' && Number.isInteger(answer) && answer >= 400 && answer <= 599;
}

function isEnhancedOf(answer: number | string, enhanced: unknown): enhanced is string {
  return (
    typeof enhanced === 'string' &&
    /^[45]\.\d{1,3}\.\d{1,3}$/.test(enhanced) &&
    String(answer).startsWith(enhanced.charAt(0))
  );
}

export type Faults = {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  /** The oldest fault that this stage is to show, one time less from then on. */
  take(at: Stage, recipients: readonly string[]): Fault | undefined;
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
    take: (at, recipients) => {
      const isMeant = ({ recipient }: Fault) =>
        recipient === undefined || recipients.some((each) => each.toLowerCase() === recipient);
      const taken = faults.find((fault) => fault.at === at && isMeant(fault));
      faults = faults.flatMap((fault) => {
        if (fault !== taken) return [fault];
        return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
      });
      return taken;
    },
  };
}
