// How the workspace stands: whether its models may run, until when, and what is past due.
import type { Answer } from '../../contract/operations';
import { useQuestions } from '../address/use-place';
import { isSettled, useAnswer } from '../data/use-answer';

export type Standing = {
  /** Whether the API has answered, or has been found to be away. */
  readonly isKnown: boolean;
  readonly stopped?: { readonly reason: string; readonly message: string };
  /** Until when models run: credits are being spent, and nothing is on file that pays after them. */
  readonly runUntil?: string;
  readonly pastDue: readonly Answer<'getInvoice'>[];
};

export function useStanding(): Standing {
  const questions = useQuestions();
  const gate = useAnswer(questions.gate());
  const invoices = useAnswer(questions.invoices());
  const { allowed = true, reason = '', message = '', runUntil } = gate.value ?? {};
  return {
    isKnown: isSettled(gate) && isSettled(invoices),
    ...(allowed ? {} : { stopped: { reason, message } }),
    ...(runUntil === undefined ? {} : { runUntil }),
    pastDue: (invoices.value?.items ?? []).filter((invoice) => invoice.status === 'past_due'),
  };
}
