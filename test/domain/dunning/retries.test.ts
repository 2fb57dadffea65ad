import { defaultRetries, parseRetries } from '../../../domain/dunning/retries';

test.each([
  ['24h,72h,120h,168h', defaultRetries],
  ['30s', [30_000]],
  ['5m, 1h ,2d', [300_000, 3_600_000, 172_800_000]],
  ['1s,2s,3s,4s,5s,6s,7s,8s,9s,10s', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((seconds) => seconds * 1000)],
  ['366d', [366 * 86_400_000]],
])('%s is a calendar', (text, value) => {
  expect(parseRetries(text)).toEqual({ value });
});

test.each([
  ['', 'nothing'],
  ['24', 'no unit'],
  ['24h,', 'an empty one'],
  ['72h,24h', 'descending'],
  ['24h,1d', 'the same twice'],
  ['0s', 'no time at all'],
  ['-1h', 'the past'],
  ['1.5h', 'a fraction'],
  ['1w', 'another unit'],
  ['1H', 'capitals'],
  ['367d', 'more than a year'],
  ['999999999d', 'far beyond'],
  ['1s,2s,3s,4s,5s,6s,7s,8s,9s,10s,11s', 'eleven'],
])('%j is none: %s', (text) => {
  expect(parseRetries(text)).toEqual({ expected: expect.stringMatching(/^1 to 10 durations .* such as 24h,72h/) });
});
