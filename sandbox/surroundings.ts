// What every part of a started Minutebook is started in.

import path from 'node:path';
import type { KeepUp } from './processes/overseen';
import type { OnSpawn } from './processes/processes';

export type Surroundings = {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly onSpawn: OnSpawn;
  readonly keepUp: KeepUp;
};

/** The log of one part, by its name in small letters. */
export function logFileOf({ home }: Surroundings, name: string): string {
  return path.join(home, 'logs', `${name}.log`);
}
