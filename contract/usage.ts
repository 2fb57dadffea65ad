// Usage: what the platform reports. domain/usage reads it, by hand and for speed; a test holds that reader to this.
import { Type } from '@sinclair/typebox';
import { Count, Id, Instant, Name, Phase } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

const exampleReport = {
  workspace: 'acme',
  model: 'chat',
  version: 'v1',
  replica: 'chat-1',
  instanceType: 'A10Gx4x16',
  phase: 'serving',
  from: '2025-01-31T23:59:00Z',
  to: '2025-02-01T00:00:00Z',
};

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
  {
    description: 'One replica was in one phase from one instant to another: half-open, at most 31 days.',
    examples: [exampleReport],
  },
);
export type UsageReport = Wire<typeof UsageReport>;

const Source = said('who reports: each source says for itself up to when it has reported everything', Name);
const CompleteThrough = said('the source has reported everything up to then', Instant);

export const UsageBatch = entry(
  'UsageBatch',
  { source: Source, completeThrough: leavable(CompleteThrough), reports: Type.Array(UsageReport) },
  { examples: [{ source: 'cluster-eu', completeThrough: '2025-02-01T00:00:00Z', reports: [exampleReport] }] },
);
export type UsageBatch = Wire<typeof UsageBatch>;

/** Read by api/intake/lines. */
export const UsageLines = Type.String({
  $id: 'UsageLines',
  description: 'NDJSON: each line is a UsageReport, the first may be the heading',
  examples: [
    [{ source: 'cluster-eu', completeThrough: '2025-02-01T00:00:00Z' }, exampleReport]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  ],
});

const exampleEvent = {
  specversion: '1.0',
  type: 'minutebook.usage',
  source: 'cluster-eu',
  id: 'chat-1/2025-01-31T23:59:00Z',
  datacontenttype: 'application/json',
  data: exampleReport,
};

/** Read by api/intake/events. */
export const UsageEvent = answer(
  'UsageEvent',
  {
    specversion: Type.Literal('1.0'),
    type: Type.Literal('minutebook.usage'),
    source: Source,
    id: Type.String({ minLength: 1, description: 'the same report again counts once, whatever its id' }),
    datacontenttype: optional(Type.String()),
    completethrough: optional(said('an extension: its source has reported everything up to then', Instant)),
    data: optional(UsageReport),
  },
  { description: 'A CloudEvent 1.0; without data it is a mark alone.', examples: [exampleEvent] },
);

export const UsageEvents = Type.Array(UsageEvent, { $id: 'UsageEvents', examples: [[exampleEvent]] });

/** What a batch says beside its reports, where its lines are the reports. */
export const UsageHeading = parameters(
  { source: optional(Source), completeThrough: optional(CompleteThrough) },
  { description: 'for NDJSON; completeThrough also for CloudEvents of one source' },
);

export const UsageReceipt = answer('UsageReceipt', {
  accepted: said('reports that count', Count),
  quarantined: said('reports that lack a workspace or a price; they count by themselves once it is there', Count),
  ignored: said('reports without length: from is to', Count),
  batches: optional(said('for NDJSON: in how many parts it was stored', Count)),
});
export type UsageReceipt = Wire<typeof UsageReceipt>;
