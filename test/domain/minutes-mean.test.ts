import { minutesMean } from '../../domain/minutes-mean';
import { monthHours } from '../../domain/period';
import { completeTerms } from '../../domain/terms';

const months = ['2025-01'];
const { from, to } = monthHours('2025-01');
const idle = completeTerms({ plan: 'p', billablePhases: ['serving', 'idle'] });
const usual = completeTerms({ plan: 'p' });

test('without terms a minute is billed in all phases but idle', () => {
  expect(minutesMean({ terms: [], months })).toBe(
    'A minute is billed when a replica spent any part of it deploying, scaling up, serving or scaling down. It is counted once a replica, in UTC.',
  );
});

test('with terms in those that they say', () => {
  expect(minutesMean({ terms: [{ fromHour: from, terms: idle }], months })).toContain('part of it serving or idle.');
});

test('where they change within the months it is said, and changes before and after are no matter', () => {
  const changing = [
    { fromHour: from, terms: idle },
    { fromHour: to - 1, terms: usual },
  ];
  const all = 'deploying, scaling up, serving, scaling down or idle, as the terms of each hour say.';
  expect(minutesMean({ terms: changing, months })).toContain(all);
  const elsewhere = [
    { fromHour: from - 5, terms: idle },
    { fromHour: from, terms: usual },
    { fromHour: to, terms: idle },
  ];
  expect(minutesMean({ terms: elsewhere, months })).toBe(minutesMean({ terms: [], months }));
});
