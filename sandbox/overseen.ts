// The children of a start command, known from the moment they run: programs of ours stop before the servers they use.

import type { RunningProcess } from './processes';
import { recordProcesses } from './recorded-processes';

/** Records each child, tells of the first that ends by itself, and stops them all. */
export function overseeChildren(home: string) {
  const record = recordProcesses(home);
  const children: RunningProcess[] = [];
  let stopping = false;
  let failed = false;
  let tellEnd: (line: string) => void = () => undefined;
  const firstEnd = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });
  const stopThose = (some: readonly RunningProcess[]) => Promise.all(some.map((child) => child.stop()));
  return {
    firstEnd,
    failed: () => failed,
    add: (child: RunningProcess) => {
      children.push(child);
      record.add(child);
      // A start that goes on while we stop must not leave a child that nobody stops.
      if (stopping) void child.stop();
      if (child.role === 'step') return;
      void child.exited.then((how) => {
        if (stopping) return;
        failed = true;
        tellEnd(`${child.name} ended by itself (${how}); its log is ${child.logFile}`);
      });
    },
    stopAll: async () => {
      stopping = true;
      await stopThose(children.filter((child) => child.role === 'program'));
      await stopThose(children);
      record.clear();
    },
  };
}
