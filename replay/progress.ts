// How far it is: a bar on a terminal, elsewhere (a log) a line now and then.

import { SingleBar } from 'cli-progress';

export type Progress = { add(count: number): void; finish(): void };

const lineEveryMs = 10_000;

/** To standard error, so that standard output holds the result alone. */
export function showProgress(what: string, total: number): Progress {
  return process.stderr.isTTY ? bar(what, total) : lines(what, total);
}

function bar(what: string, total: number): Progress {
  const format = `${what.padEnd(10)} {bar} {percentage} % | {value} of {total} | {duration} s`;
  const shown = new SingleBar({ format, barCompleteChar: '█', barIncompleteChar: '░', hideCursor: true, fps: 5 });
  shown.start(total, 0);
  return { add: (count) => shown.increment(count), finish: () => shown.stop() };
}

function lines(what: string, total: number): Progress {
  const began = Date.now();
  let done = 0;
  let lastSaid = began;
  const say = () => {
    lastSaid = Date.now();
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    console.error(`${what}: ${done} of ${total} (${percent} %) after ${Math.round((lastSaid - began) / 1000)} s`);
  };
  const timer = setInterval(() => {
    if (Date.now() - lastSaid >= lineEveryMs) say();
  }, 1000);
  timer.unref();
  return {
    add: (count) => {
      done += count;
    },
    finish: () => {
      clearInterval(timer);
      say();
    },
  };
}
