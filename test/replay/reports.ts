import fc from 'fast-check';
import { expandPieces, piecesOf } from '../../domain/minutes';
import { parseInstant } from '../../domain/period';
import { phases, type UsageReport } from '../../domain/usage';

const startMs = Date.UTC(2025, 0, 1);

/** Reports of a few replicas within a few days, to the millisecond. */
export const someReports: fc.Arbitrary<UsageReport[]> = fc.array(
  fc
    .record({
      workspace: fc.constantFrom('acme', 'globex'),
      model: fc.constantFrom('chat', 'meta/"llama"\\3'),
      version: fc.constantFrom('v1', 'v2'),
      replica: fc.constantFrom('r-0', 'r-1', 'r-2'),
      instanceType: fc.constantFrom('T4x4x16', 'H100:2'),
      phase: fc.constantFrom(...phases),
      fromMs: fc.integer({ min: startMs, max: startMs + 3 * 86_400_000 }),
      lengthMs: fc.integer({ min: 1, max: 20 * 3_600_000 }),
    })
    .map(({ lengthMs, ...report }) => ({ ...report, toMs: report.fromMs + lengthMs })),
  { maxLength: 12 },
);

/** The minutes of each replica and phase: what a bill is made of. */
export function minutesOf(reports: readonly UsageReport[]): ReadonlyMap<string, bigint> {
  const masks = new Map<string, bigint>();
  for (const { fromMs, toMs, ...facts } of reports) {
    for (const { hour, mask } of expandPieces(piecesOf(fromMs, toMs))) {
      const key = `${Object.values(facts).join(' ')} ${hour}`;
      masks.set(key, (masks.get(key) ?? 0n) | mask);
    }
  }
  return masks;
}

/** A report as it went over the wire. */
export function parseReport(json: string): UsageReport {
  const { from, to, ...facts } = JSON.parse(json) as Record<string, string>;
  const [fromMs, toMs] = [parseInstant(String(from)), parseInstant(String(to))];
  return { ...facts, fromMs, toMs } as UsageReport;
}
