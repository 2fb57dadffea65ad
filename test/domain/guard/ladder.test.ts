import { defaultLadder, ladderStep, parseLadder } from '../../../domain/guard/ladder';
import { dayMs } from '../../../domain/period';

test.each([
  ['deploys 7d, models 14d', defaultLadder],
  [' deploys 0d ,models 1d ', { deploysMs: 0, modelsMs: dayMs }],
  ['models 14d, deploys 7d', undefined],
  ['deploys 14d, models 7d', undefined],
  ['deploys 7, models 14', undefined],
  ['', undefined],
])('%j is read as it is written', (text, ladder) => {
  expect(parseLadder(text)).toEqual(ladder);
});

test('each step says when the next one comes', () => {
  const step = (days: number, pausedUntilMs: number | null = null) =>
    ladderStep({ sinceMs: 0, pausedUntilMs }, { ladder: defaultLadder, nowMs: days * dayMs });
  expect(step(0)).toEqual({ scope: null, changesAtMs: 7 * dayMs });
  expect(step(7)).toEqual({ scope: 'deploys', changesAtMs: 14 * dayMs });
  expect(step(14)).toEqual({ scope: 'models', changesAtMs: null });
  expect(step(14, 20 * dayMs)).toEqual({ scope: null, changesAtMs: 20 * dayMs });
  expect(step(14, 14 * dayMs)).toEqual({ scope: 'models', changesAtMs: null });
  expect(ladderStep({ sinceMs: null, pausedUntilMs: 1 }, { ladder: defaultLadder, nowMs: 0 })).toEqual({
    scope: null,
    changesAtMs: null,
  });
});
