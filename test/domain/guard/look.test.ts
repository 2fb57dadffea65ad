import { nextLook } from '../../../domain/guard/look';
import { dayMs, hourMs, minuteMs } from '../../../domain/period';

const now = Date.UTC(2025, 2, 10, 10);
const idle = {
  nowMs: now,
  leadMs: 10_000,
  fraction: 0.5,
  zeroMs: null,
  isSuspended: false,
  changesMs: [],
  endsMs: [],
};
const look = (of: Partial<Parameters<typeof nextLook>[0]>) => nextLook({ ...idle, ...of }) - now;

test.each<[string, Parameters<typeof look>[0], number]>([
  ['in four weeks where nothing burns', {}, 28 * dayMs],
  ['in a week where it is stopped', { isSuspended: true }, 7 * dayMs],
  ['in half of the time, where there are hours', { zeroMs: now + 8 * hourMs }, 4 * hourMs],
  ['just before the zero, to meter', { zeroMs: now + 30 * minuteMs }, 30 * minuteMs - 35_000],
  ['others of the same minute a little sooner', { zeroMs: now + 30 * minuteMs, fraction: 1 }, 30 * minuteMs - 50_000],
  ['then to command', { zeroMs: now + 30_000 }, 20_000],
  ['with a lead that is longer, before that', { zeroMs: now + 5 * minuteMs, leadMs: 50_000 }, 5 * minuteMs - 55_000],
  ['at what changes before', { zeroMs: now + 8 * hourMs, changesMs: [now - 1, now + hourMs] }, hourMs],
  [
    'just before credits end, though nothing burns',
    { changesMs: [now + hourMs], endsMs: [now + hourMs] },
    hourMs - 35_000,
  ],
  ['and then when they do', { changesMs: [now + 30_000], endsMs: [now + 30_000] }, 30_000],
  ['never now', { zeroMs: now + 10_000 }, 1],
])('the guard looks again %s', (_, of, expected) => {
  expect(look(of)).toBe(expected);
});
