// What an answer to a batch means for its reports.

import { ProblemError, type ProblemFault, UnreachableError } from '../problem';

export type Verdict =
  /** These are at fault, by their places in the batch; the others are not, as far as it was read. */
  | { readonly kind: 'refused'; readonly faults: ReadonlyMap<number, readonly ProblemFault[]> }
  /** It is not said which of them are at fault: halves tell. */
  | { readonly kind: 'split' }
  /** It says nothing about the reports. `isBroken`: something failed that may be due to one of them. */
  | { readonly kind: 'again'; readonly isBroken: boolean };

/** Of the failure of a batch of `count` reports. Throws what is no failure of the API: a signal that ended the call. */
export function verdictOf(failure: unknown, count: number): Verdict {
  if (failure instanceof UnreachableError) return { kind: 'again', isBroken: true };
  if (!(failure instanceof ProblemError)) throw failure;
  const { status, problem } = failure;
  const isOurs = problem.code === 'invalid_usage' || problem.code === 'invalid_request';
  if (isOurs || status === 413) {
    const faults = byIndex(problem.faults ?? [], count);
    if (faults.size > 0) return { kind: 'refused', faults };
    if (count > 1) return { kind: 'split' };
    if (isOurs || problem.code === 'payload_too_large')
      return { kind: 'refused', faults: new Map([[0, faultsOf(failure)]]) };
  }
  // A key that was revoked, a wrong address, a proxy's page: whoever runs it can mend that, and no report is to blame.
  return { kind: 'again', isBroken: status >= 500 && status !== 503 };
}

function byIndex(faults: readonly ProblemFault[], count: number): ReadonlyMap<number, readonly ProblemFault[]> {
  const found = new Map<number, ProblemFault[]>();
  for (const fault of faults) {
    if (fault.index === undefined || fault.index >= count) continue;
    const known = found.get(fault.index);
    if (known === undefined) found.set(fault.index, [fault]);
    else known.push(fault);
  }
  return found;
}

function faultsOf({ problem, message }: ProblemError): readonly ProblemFault[] {
  if (problem.faults !== undefined && problem.faults.length > 0) return problem.faults;
  return [{ field: 'report', message: problem.detail ?? message }];
}
