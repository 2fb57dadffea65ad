// A refusal of the API (RFC 9457), as an error that says which fields are at fault.

export type ProblemFault = { readonly index?: number; readonly field: string; readonly message: string };

export type Problem = {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly faults?: readonly ProblemFault[];
};

const faultsShown = 5;

/** The API answered, and refused. `problem` is its whole answer; `status` that of HTTP; `retryAfterMs` where it says so. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly retryAfterMs?: number;

  constructor(of: {
    readonly call: string;
    readonly status: number;
    readonly problem: Problem;
    readonly afterMs?: number | undefined;
  }) {
    const { title, detail, faults = [] } = of.problem;
    const shown = faults.slice(0, faultsShown).map(faultLine);
    if (faults.length > faultsShown) shown.push(`and ${faults.length - faultsShown} more faults`);
    const what = detail ?? title ?? 'no reason given';
    super([`${of.call} was answered ${of.status}: ${what}`, ...shown].join('\n  '));
    this.name = 'ProblemError';
    this.status = of.status;
    this.problem = of.problem;
    if (of.afterMs !== undefined) this.retryAfterMs = of.afterMs;
  }
}

/** No answer could be had, however often it was tried. */
export class UnreachableError extends Error {
  constructor(call: string, cause: unknown) {
    super(`${call} found nobody answering: ${reasonOf(cause)}`, { cause });
    this.name = 'UnreachableError';
  }
}

/** The problem document of an answer; of one that holds none (a proxy's page), what there is. */
export async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Problem;
  } catch {
    // No JSON: shown below as it is.
  }
  return { title: text.trim().slice(0, 200) || response.statusText };
}

function faultLine({ index, field, message }: ProblemFault): string {
  return `${index === undefined ? '' : `[${index}].`}${field}: ${message}`;
}

// fetch says only "fetch failed"; why is in the cause, for an address with two of them in a list below that.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error ? reasonOf(inner) : error.message || error.name;
}
