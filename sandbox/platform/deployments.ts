// Models that were deployed by hand, or for a trial: one replica each, from that moment on.

import type { UsageReport } from '../../domain/usage';
import type { ModelName } from './stoppages';
import type { Span } from './timeline';

export type Deployment = ModelName & {
  readonly version: string;
  readonly instanceType: string;
  readonly sinceMs: number;
};

const deployingMs = 30_000;

/** What their replicas did in a span: deploying at first, then serving. */
export function reportsOfDeployments(
  deployments: readonly Deployment[],
  { fromMs, toMs }: Span,
): (UsageReport & { readonly workspace: string })[] {
  return deployments.flatMap(({ workspace, model, version, instanceType, sinceMs }) => {
    const facts = { workspace, model, version, replica: `${model}-${version}-0`, instanceType };
    const readyMs = sinceMs + deployingMs;
    const phases = [
      { ...facts, phase: 'deploying' as const, fromMs: Math.max(fromMs, sinceMs), toMs: Math.min(toMs, readyMs) },
      { ...facts, phase: 'serving' as const, fromMs: Math.max(fromMs, readyMs), toMs },
    ];
    return phases.filter((report) => report.fromMs < report.toMs);
  });
}
