// The log: one JSON object a line on standard output, for whatever collects it.

import { type Logger, pino } from 'pino';
import type { Config } from './config';

export type { Logger };

export function createLog({ logLevel }: Pick<Config, 'logLevel'>, name: string): Logger {
  return pino({ name, level: logLevel });
}
