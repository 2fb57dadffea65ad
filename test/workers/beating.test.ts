// A living worker's activities beat by themselves, as long as they get on.
import { MockActivityEnvironment } from '@temporalio/testing';
import { createProgress } from '../../runtime/progress';
import { keepBeating } from '../../workers/beating';
import { until } from '../harness/until';

let nowMs = 0;
const progress = createProgress(() => nowMs);
const interceptors = [keepBeating(progress, { beatMs: 1, silentMsMax: 1000 })];

function beating() {
  const environment = new MockActivityEnvironment({}, { interceptors });
  let beats = 0;
  environment.on('heartbeat', () => beats++);
  /** Counts from now on, for a while. */
  const more = async () => {
    const before = beats;
    await new Promise((done) => setTimeout(done, 50));
    return beats - before;
  };
  return { run: (work: () => Promise<unknown>) => environment.run(work), beats: () => beats, more };
}

test('one that waits for an answer beats, and no more once it has ended', async () => {
  const { run, beats, more } = beating();
  await run(() => until('it has beaten', async () => beats() > 3));
  expect(await more()).toBe(0);
});

test('one that has got nothing done for long beats no more, until it gets on', async () => {
  const { run, more } = beating();
  await run(async () => {
    nowMs += 999;
    expect(await more()).toBeGreaterThan(0);
    nowMs += 1;
    expect(await more()).toBe(0);
    progress.note();
    expect(await more()).toBeGreaterThan(0);
  });
});
