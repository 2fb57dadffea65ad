// How a workspace stands, for operators: in the Web UI of Temporal.
import { formatUsdShort, type Nanos } from '../money';
import { formatInstant } from '../period';
import type { Payer, Suspension } from './judgement';

type Standing = {
  readonly workspace: string;
  readonly payer: Payer;
  readonly remainingNanos: Nanos;
  readonly burnNanosPerHour: Nanos;
  readonly zeroMs: number | null;
  readonly stops: readonly Pick<Suspension, 'reason' | 'scope'>[];
};

const payers: { readonly [payer in Payer]: string } = {
  credits: 'no payment method is on file',
  method: 'then its payment method is charged',
  invoice: 'then it is sent invoices',
};

const ends = {
  credits: 'a payment method, or credits for more than a minute, ends it',
  past_due: 'paying what is past due ends it',
  operator: 'an operator ends it',
} as const;

export function standingWords({ workspace, payer, remainingNanos, burnNanosPerHour, zeroMs, stops }: Standing): string {
  const zero = zeroMs === null ? '' : `, gone at ${formatInstant(zeroMs)}`;
  const balance = `$${formatUsdShort(remainingNanos)} of credits left, $${formatUsdShort(burnNanosPerHour)} an hour${zero}; ${payers[payer]}`;
  const stopped = stops.map(({ reason, scope }) => {
    const what = scope === 'models' ? 'models and deployments' : 'deployments';
    return `\n\n${what} stopped for ${reason.replace('_', ' ')}: ${ends[reason]}`;
  });
  return `**${workspace}:** ${balance}${stopped.join('')}`;
}
