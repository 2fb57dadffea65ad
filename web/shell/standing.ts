// How the workspace stands: whether its models may run, until when, and what is past due.
import type { Answer } from '../../contract/operations';
import type { Refusal } from '../../domain/guard/gate';
import { useQuestions } from '../address/use-place';
import { isSettled, useAnswer } from '../data/use-answer';

export type Standing = {
  /** Whether the API has answered, or has been found to be away. */
  readonly isKnown: boolean;
  /** Why nothing may be deployed, and whether what has run is stopped as well. */
  readonly refused?: { readonly reason: Refusal; readonly message: string; readonly stopsModels: boolean };
  /** Until when models run: credits are being spent, and nothing is on file that pays after them. */
  readonly runUntil?: string;
  readonly pastDue: readonly Answer<'getInvoice'>[];
};

export function useStanding(): Standing {
  const questions = useQuestions();
  const gate = useAnswer(questions.gate());
  const invoices = useAnswer(questions.invoices());
  const { allowed = true, reason = 'suspended', message = '', runUntil } = gate.value ?? {};
  // The gate is about deploying alone.
  const guard = useAnswer(allowed ? undefined : questions.guard());
  const stopsModels = guard.value?.suspensions.some(({ scope }) => scope === 'models') ?? true;
  return {
    isKnown: isSettled(gate) && isSettled(invoices) && (allowed || isSettled(guard)),
    ...(allowed ? {} : { refused: { reason, message, stopsModels } }),
    ...(runUntil === undefined ? {} : { runUntil }),
    pastDue: (invoices.value?.items ?? []).filter((invoice) => invoice.status === 'past_due'),
  };
}
