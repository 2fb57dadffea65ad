// The log: one JSON object a line on standard output, for whatever collects it.

import { type Logger, pino } from 'pino';
import type { Config } from './config';

export type { Logger };

// Of what cannot be written so much is kept for later.
const keptBytesMax = 1024 ** 2;

/**
 * A log that cannot be written (nobody reads it any more, the disk is full) is done without: the process goes on answering.
 * On a disk that has room again the log goes on as well.
 */
export function createLog({ logLevel }: Pick<Config, 'logLevel'>, name: string): Logger {
  const destination = pino.destination({ fd: 1, sync: true, maxLength: keptBytesMax });
  // There is no other place to say it. Without a listener the error would end the process.
  destination.on('error', () => undefined);
  return pino({ name, level: logLevel }, destination);
}
