// The children of a start command, known from the moment they run: programs of ours stop before the servers they use.

import type { RunningProcess } from './processes';
import { recordProcesses } from './recorded-processes';

/** Records each child, says which is the first to end by itself, and stops them all. */
export function overseeChildren(home: string) {
  const record = recordProcesses(home);
  const children: RunningProcess[] = [];
  let stopping = false;
  let failed = false;
  const stopThose = (some: readonly RunningProcess[]) => Promise.all(some.map((child) => child.stop()));
  return {
    failed: () => failed,
    add: (child: RunningProcess) => {
      children.push(child);
      record.add(child);
      // A start that goes on while we stop must not leave a child that nobody stops.
      if (stopping) void child.stop();
    },
    /** For after the start: what fails earlier fails the start, or was started once more under the same name. */
    firstEnd: async (): Promise<string> => {
      const lasting = new Map(children.filter(({ role }) => role !== 'step').map((child) => [child.name, child]));
      const ends = [...lasting.values()].map(async ({ name, logFile, exited }) => {
        const how = await exited;
        failed ||= !stopping;
        return `${name} ended by itself (${how}); its log is ${logFile}`;
      });
      return Promise.race(ends);
    },
    stopAll: async () => {
      stopping = true;
      await stopThose(children.filter((child) => child.role === 'program'));
      await stopThose(children);
      record.clear();
    },
  };
}
