// The gate: whether a workspace may deploy, why not in words that a platform passes on, and until when what runs may run.
import type { SuspensionReason } from './notices';

export const refusals = ['credits_exhausted', 'payment_method_missing', 'past_due', 'suspended'] as const;
export type Refusal = (typeof refusals)[number];

export type Gate = {
  readonly allowed: boolean;
  readonly reason?: Refusal;
  /** For the customer: what is the matter, and what helps. */
  readonly message?: string;
  /** Epoch milliseconds: from then on credits cover nothing that runs, and nothing else pays for it. */
  readonly runUntilMs?: number;
};

export type GateFacts = {
  /** The gravest that stands. */
  readonly suspension: { readonly reason: SuspensionReason; readonly message: string | null } | null;
  /** Whether the guard has judged yet: from then on it is what suspends. */
  readonly isJudged: boolean;
  readonly hasMethod: boolean;
  /** Whether invoices are charged by themselves, under the terms in force. */
  readonly isCharged: boolean;
  /** Whether a grant that is valid now has anything left, by issued invoices; and whether one ever began. */
  readonly hasCredits: boolean;
  readonly hadCredits: boolean;
  readonly zeroAtMs: number | null;
};

const messages: { readonly [reason in Refusal]: string } = {
  credits_exhausted:
    'Your credits are used up and no payment method is on file. Add a payment method, and what was stopped starts again by itself.',
  payment_method_missing: 'There are no credits and no payment method on file. Add a payment method to deploy.',
  past_due:
    'An invoice is past due. Once it is paid you can deploy again, and what was stopped starts again by itself.',
  suspended: 'This account is suspended. Please ask support.',
};

/** The view of the billing page on which a customer mends it; none where only whoever suspended the account can. */
export const mendedAt: { readonly [reason in Refusal]: string | undefined } = {
  credits_exhausted: 'task/method',
  payment_method_missing: 'task/method',
  past_due: 'invoices',
  suspended: undefined,
};

/** What the gate answers. Deploying is refused whatever a suspension's scope, for the gravest reason. */
export function gateOf(facts: GateFacts): Gate {
  const reason = refusalOf(facts);
  const runs = runUntilOf(facts);
  if (reason === undefined) return { allowed: true, ...runs };
  const own = reason === 'suspended' ? facts.suspension?.message : undefined;
  return { allowed: false, reason, message: own ?? messages[reason], ...runs };
}

function refusalOf({ suspension, ...facts }: GateFacts): Refusal | undefined {
  const forCredits = facts.hadCredits ? 'credits_exhausted' : 'payment_method_missing';
  if (suspension === null) return isWithoutMeans(facts) ? forCredits : undefined;
  switch (suspension.reason) {
    case 'operator':
      return 'suspended';
    case 'past_due':
      return 'past_due';
    case 'credits':
      return forCredits;
    default:
      return suspension.reason satisfies never;
  }
}

// Before a guard has judged, a workspace that nothing would pay for must not begin.
function isWithoutMeans({ isJudged, isCharged, hasMethod, hasCredits }: Omit<GateFacts, 'suspension'>): boolean {
  return !isJudged && isCharged && !hasMethod && !hasCredits;
}

function runUntilOf({ zeroAtMs, hasMethod, isCharged }: GateFacts): Pick<Gate, 'runUntilMs'> {
  return zeroAtMs === null || hasMethod || !isCharged ? {} : { runUntilMs: zeroAtMs };
}
