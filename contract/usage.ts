// Usage: what the platform reports. domain/usage reads it, by hand and for speed; a test holds that reader to this.
import { Type } from '@sinclair/typebox';
import { Count, Id, Instant, Name, Phase } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

export const UsageReport = entry(
  'UsageReport',
  {
    workspace: Id,
    model: Name,
    version: Name,
    replica: Name,
    instanceType: Name,
    phase: Phase,
    from: Instant,
    to: Instant,
  },
  { description: 'One replica was in one phase from one instant to another: half-open, at most 31 days.' },
);
export type UsageReport = Wire<typeof UsageReport>;

const Source = said('who reports: each source says for itself up to when it has reported everything', Name);
const CompleteThrough = said('the source has reported everything up to then', Instant);

export const UsageBatch = entry('UsageBatch', {
  source: Source,
  completeThrough: leavable(CompleteThrough),
  reports: Type.Array(UsageReport),
});
export type UsageBatch = Wire<typeof UsageBatch>;

/** What a batch says beside its reports, where its lines are the reports. */
export const UsageHeading = parameters(
  { source: optional(Source), completeThrough: optional(CompleteThrough) },
  { description: 'for NDJSON' },
);

export const UsageReceipt = answer('UsageReceipt', {
  accepted: said('reports that count', Count),
  quarantined: said('reports that lack a workspace or a price; they count by themselves once it is there', Count),
  ignored: said('reports without length: from is to', Count),
});
export type UsageReceipt = Wire<typeof UsageReceipt>;
