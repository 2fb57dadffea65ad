import fc from 'fast-check';
import { createBatcher } from '../../client/batcher';
import { createClient } from '../../client/http';
import type { UsageReport } from '../../contract/usage';
import { type Happening, type Intake, startIntake } from './intake';

let intake: Intake;
beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());

const base = Date.parse('2025-01-01T00:00:00Z');
const report = (replica: string): UsageReport => ({
  workspace: 'acme',
  model: 'chat',
  version: 'v1',
  replica,
  instanceType: 'A10Gx4x16',
  phase: 'serving',
  from: '2025-01-01T00:00:00Z',
  to: '2025-01-01T00:01:00Z',
});

// What an owner does: adds a report (right, refused, or one that breaks the intake), says that all so far is there, waits.
const step = fc.oneof(
  { weight: 12, arbitrary: fc.constant('right' as const) },
  { weight: 2, arbitrary: fc.constant('wrong' as const) },
  { weight: 1, arbitrary: fc.constant('breaking' as const) },
  { weight: 2, arbitrary: fc.constant('mark' as const) },
  { weight: 1, arbitrary: fc.constant('flush' as const) },
  { weight: 1, arbitrary: fc.constant('rest' as const) },
);
const happening = fc.constantFrom<Happening>(
  'stored',
  'stored',
  'late',
  'late',
  'busy',
  'away',
  'broken',
  'too large',
  'no key',
  'cut before',
  'cut after',
);
const limits = fc.record({
  maxReports: fc.integer({ min: 1, max: 12 }),
  maxBytes: fc.integer({ min: 300, max: 2000 }),
  maxWaitMs: fc.integer({ min: 0, max: 5 }),
  maxPending: fc.integer({ min: 1, max: 40 }),
  maxPendingBytes: fc.integer({ min: 2000, max: 8000 }),
  maxInFlight: fc.integer({ min: 1, max: 4 }),
});

test('whatever the intake does, every report is stored or handed back, and no mark runs ahead', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      fc.array(happening, { maxLength: 25 }),
      limits,
      fc.integer({ min: 1, max: 4 }),
      async (steps, happenings, bounds, faultsMax) => {
        intake.reset();
        Object.assign(intake, { happenings: [...happenings], faultsMax });
        const refused: string[] = [];
        let isMended = false;
        intake.isWrong = (replica) => replica.startsWith('wrong');
        intake.isBreaking = (replica) => !isMended && replica.startsWith('breaking');
        const added: string[] = [];
        const ahead: string[] = [];
        // A mark of n milliseconds after the base was made when n reports had been added.
        intake.onMark = (mark) => {
          const settled = new Set([...intake.stored.keys(), ...refused]);
          ahead.push(...added.slice(0, Date.parse(mark) - base).filter((name) => !settled.has(name)));
        };
        const batcher = createBatcher({
          client: createClient({ url: intake.url, key: 'k' }),
          source: 'fleet',
          ...bounds,
          onRefused: async (reports) => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            refused.push(...reports.map((each) => each.report.replica));
            for (const { faults } of reports) expect(faults[0]?.message).toMatch(/expected another/);
          },
        });
        const marks: Promise<void>[] = [];
        const hurry = setTimeout(() => {
          isMended = true;
        }, 150);
        for (const each of steps) {
          if (each === 'mark') marks.push(batcher.completeThrough(new Date(base + added.length)));
          else if (each === 'flush') void batcher.flush();
          else if (each === 'rest') await new Promise((resolve) => setTimeout(resolve, 2));
          else {
            added.push(`${each}-${added.length}`);
            await batcher.add(report(added.at(-1) ?? ''));
            expect(batcher.counts().pending).toBeLessThanOrEqual(bounds.maxPending);
          }
        }
        await batcher.close();
        await Promise.all(marks);
        clearTimeout(hurry);
        const wrong = added.filter((name) => name.startsWith('wrong'));
        expect(ahead).toEqual([]);
        expect(refused.sort()).toEqual(wrong.sort());
        expect([...intake.stored.keys()].sort()).toEqual(added.filter((name) => !name.startsWith('wrong')).sort());
        expect(intake.marks).toEqual([...intake.marks].sort());
        expect(Math.max(0, ...intake.batches.map(({ reports }) => reports.length))).toBeLessThanOrEqual(
          bounds.maxReports,
        );
        expect(batcher.counts()).toMatchObject({ pending: 0, refused: wrong.length });
      },
    ),
    { numRuns: 40 },
  );
}, 180_000);
