import fc from 'fast-check';
import { countHeartbeats, heartbeats, reportJson } from '../../replay/sending/heartbeats';
import { minutesOf, parseReport, someReports } from './reports';

const lengths = fc.constantFrom(60_000, 7 * 60_000, 30 * 60_000, 3_600_000, 86_400_000);
const beatsOf = (reports: Parameters<typeof heartbeats>[0], everyMs: number) =>
  [...heartbeats(reports, everyMs)].map(parseReport);

describe('heartbeats', () => {
  test('hold every minute of the reports and none besides', () => {
    fc.assert(
      fc.property(someReports, lengths, (reports, everyMs) => {
        expect(minutesOf(beatsOf(reports, everyMs))).toEqual(minutesOf(reports));
      }),
      { numRuns: 40 },
    );
  });

  test('add up to the time of the reports, and are as many as were counted', () => {
    fc.assert(
      fc.property(someReports, lengths, (reports, everyMs) => {
        const lengthOf = (of: typeof reports) => of.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
        const beats = beatsOf(reports, everyMs);
        expect(lengthOf(beats)).toBe(lengthOf(reports));
        expect(beats).toHaveLength(countHeartbeats(reports, everyMs));
      }),
      { numRuns: 40 },
    );
  });

  test('come in the order of time, and none reaches over a beat of the clock', () => {
    fc.assert(
      fc.property(someReports, lengths, (reports, everyMs) => {
        let beat = 0;
        for (const { fromMs, toMs } of beatsOf(reports, everyMs)) {
          const its = Math.floor(fromMs / everyMs);
          expect(its).toBeGreaterThanOrEqual(beat);
          expect(Math.ceil(toMs / everyMs)).toBe(its + 1);
          beat = its;
        }
      }),
      { numRuns: 40 },
    );
  });

  test('leave out the time in which nothing runs', () => {
    const report = {
      workspace: 'a',
      model: 'm',
      version: 'v',
      replica: 'r',
      instanceType: 't',
      phase: 'serving',
    } as const;
    const years = [Date.UTC(2001), Date.UTC(2025)].map((fromMs) => ({ ...report, fromMs, toMs: fromMs + 1500 }));
    expect([...heartbeats(years, 1000)]).toHaveLength(4);
    expect([...heartbeats([], 1000)]).toEqual([]);
  });
});

test('a report as text says what the report says', () => {
  fc.assert(fc.property(someReports, (reports) => expect(reports.map(reportJson).map(parseReport)).toEqual(reports)));
});
