import { checkLife, spanOf, wholeMinutes } from '../../domain/void-ranges';

const ms = (text: string) => Date.parse(text);

test.each([
  ['2025-01-02T02:00:00Z', '2025-01-02T02:01:00Z', '2025-01-02T02:00:00Z', '2025-01-02T02:01:00Z'],
  ['2025-01-02T02:00:59.999Z', '2025-01-02T02:01:00.001Z', '2025-01-02T02:00:00Z', '2025-01-02T02:02:00Z'],
])('from %s to %s touches the minutes from %s to %s', (from, to, first, end) => {
  expect(wholeMinutes({ fromMs: ms(from), toMs: ms(to) })).toEqual({ from: first, to: end });
});

test.each([
  ['2025-01-31T23:10:00Z', '2025-02-01T00:00:00Z', ['2025-01']],
  ['2025-01-31T23:10:00Z', '2025-02-01T00:01:00Z', ['2025-01', '2025-02']],
])('from %s to %s spans the months %j', (from, to, months) => {
  const span = spanOf([{ model: 'm', from, to }]);
  expect(span.months).toEqual(months);
  expect([span.fromHour * 3_600_000 <= ms(from), span.toHour * 3_600_000 >= ms(to)]).toEqual([true, true]);
});

const life = { startsAtMs: ms('2025-01-01T00:00:00Z'), nowMs: ms('2025-02-10T12:00:00Z') };

test.each([
  ['2025-01-01T00:00:00Z', ['to']],
  ['2025-01-01T00:01:00Z', []],
  ['2025-02-10T12:05:00Z', []],
  ['2025-02-10T12:06:00Z', ['to']],
])('a range to %s has these faults: %j', (to, expected) => {
  const faults: string[] = [];
  checkLife({ to }, life, (field) => faults.push(field));
  expect(faults).toEqual(expected);
});
