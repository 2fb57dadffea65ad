import fc from 'fast-check';
import {
  formatInstant,
  hourNotBefore,
  hourOf,
  hourStartMs,
  monthEndMs,
  monthHours,
  monthName,
  monthOf,
  monthStartMs,
  monthsFrom,
  nextMonth,
  parseInstant,
  parseMonth,
  previousMonth,
} from '../../domain/period';

const instants = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });

describe('instants', () => {
  test.each([
    ['2025-01-01T00:00:00Z', Date.UTC(2025, 0, 1)],
    ['2025-01-01t00:00:00z', Date.UTC(2025, 0, 1)],
    ['2025-01-01T02:30:00+02:30', Date.UTC(2025, 0, 1)],
    ['2024-12-31T19:00:00-05:00', Date.UTC(2025, 0, 1)],
    ['2025-01-01T00:00:00-00:00', Date.UTC(2025, 0, 1)],
    ['2024-02-29T23:59:59.5Z', Date.UTC(2024, 1, 29, 23, 59, 59, 500)],
    ['2000-02-29T00:00:00.07Z', Date.UTC(2000, 1, 29, 0, 0, 0, 70)],
    ['2025-01-01T00:00:00.123999999+00:00', Date.UTC(2025, 0, 1, 0, 0, 0, 123)],
    ['1970-01-01T00:00:00Z', 0],
    ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ])('%s is read', (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });

  test.each([
    '',
    '2025-01-01',
    '2025-01-01T00:00:00',
    '2025-01-01 00:00:00Z',
    '2025-01-01T00:00Z',
    '2025-1-01T00:00:00Z0',
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2025-02-30T00:00:00Z',
    '2025-04-31T00:00:00Z',
    '2025-00-10T00:00:00Z',
    '2025-13-10T00:00:00Z',
    '2025-01-00T00:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01T00:60:00Z',
    '2025-06-30T23:59:60Z',
    '2025-01-01T00:00:00.Z',
    '2025-01-01T00:00:00.12x4Z',
    '2025-01-01T00:00:00,5Z',
    '2025-01-01T00:00:00Zx',
    '2025-01-01T00:00:00+0100',
    '2025-01-01T00:00:00+01:00x',
    '2025-01-01T00:00:00+24:00',
    '2025-01-01T00:00:00+01:60',
    '2025-01-01T00:00:00+1:000',
    '2025/01-01T00:00:00Z',
    '2025-01/01T00:00:00Z',
    '2025-01-01T00.00:00Z',
    '2025-01-01T00:00.00Z',
    '2o25-01-01T00:00:00Z',
    ' 2025-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-01:00',
    `2025-01-01T00:00:00.${'0'.repeat(60)}Z`,
  ])('%j is refused', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('any instant reads back as it was written, with and without its zero fraction, under any offset', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -1439, max: 1439 }), (ms, offsetMinutes) => {
        expect(parseInstant(formatInstant(ms))).toBe(ms);
        expect(parseInstant(new Date(ms).toISOString())).toBe(ms);
        const local = ms + offsetMinutes * 60_000;
        if (local < 0 || local >= Date.UTC(9999, 11, 31)) return;
        const size = Math.abs(offsetMinutes);
        const two = (part: number) => String(part).padStart(2, '0');
        const offset = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(parseInstant(new Date(local).toISOString().replace('Z', offset))).toBe(ms);
      }),
    );
  });

  test('whatever is made of digits and punctuation is read as Date.parse reads it, or refused', () => {
    const text = fc
      .tuple(
        ...[4, 2, 2, 2, 2, 2].map((length) =>
          fc.string({ unit: fc.constantFrom(...'0123456'), minLength: length, maxLength: length }),
        ),
      )
      .map(([year, month, day, hour, minute, second]) => `${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    fc.assert(
      fc.property(text, (each) => {
        const ms = parseInstant(each);
        if (ms !== undefined) expect(new Date(ms).toISOString()).toBe(each.replace('Z', '.000Z'));
      }),
      { numRuns: 2000 },
    );
  });

  test('a fraction is written only where there is one', () => {
    expect(formatInstant(Date.UTC(2025, 0, 1))).toBe('2025-01-01T00:00:00Z');
    expect(formatInstant(Date.UTC(2025, 0, 1) + 50)).toBe('2025-01-01T00:00:00.050Z');
  });
});

describe('months and hours', () => {
  test.each(['2025-01', '1970-12', '9999-10'])('%s is a month', (month) => expect(parseMonth(month)).toBe(month));

  test.each(['2025-13', '2025-00', '2025-1', '1969-12', '25-01', '2025-01-01', '2025-01\n', ''])(
    '%j is none',
    (text) => {
      expect(parseMonth(text)).toBeUndefined();
    },
  );

  test.each([
    ['2024-02', 29 * 24],
    ['2025-02', 28 * 24],
    ['2025-01', 744],
    ['2025-12', 744],
  ])('%s has %s hours', (month, hours) => {
    const { from, to } = monthHours(month);
    expect(to - from).toBe(hours);
    expect(hourStartMs(from)).toBe(monthStartMs(month));
    expect(hourStartMs(to)).toBe(monthEndMs(month));
  });

  test('months follow one another without a gap, over the turn of the year too', () => {
    expect(nextMonth('2024-12')).toBe('2025-01');
    expect(previousMonth('2025-01')).toBe('2024-12');
    expect(monthsFrom('2024-11', '2025-02')).toEqual(['2024-11', '2024-12', '2025-01', '2025-02']);
    expect(monthsFrom('2025-02', '2025-02')).toEqual(['2025-02']);
    expect(monthsFrom('2025-02', '2025-01')).toEqual([]);
    expect(monthsFrom('9999-11', '9999-12')).toEqual(['9999-11', '9999-12']);
    expect(monthEndMs('2024-12')).toBe(monthStartMs('2025-01'));
    expect(monthName('2025-01')).toBe('January 2025');
    expect(() => monthStartMs('2025-13')).toThrow(RangeError);
  });

  test('every instant lies in its month and hour', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        const month = monthOf(ms);
        expect(monthStartMs(month) <= ms && ms < monthEndMs(month)).toBe(true);
        const hour = hourOf(ms);
        expect(hourStartMs(hour) <= ms && ms < hourStartMs(hour + 1)).toBe(true);
        expect(hourNotBefore(ms) - hour).toBe(ms % 3_600_000 === 0 ? 0 : 1);
      }),
    );
  });
});
