// Every command, in the order of the help.
import type { Command } from '../command';
import { creditCommands } from './credits';
import { eventCommands } from './events';
import { invoiceCommands } from './invoices';
import { loginCommands } from './login';
import { operatingCommands } from './operating';
import { priceCommands } from './prices';
import { usageCommands } from './usage';
import { workspaceCommands } from './workspaces';

export const commands: readonly Command[] = [
  ...loginCommands,
  ...workspaceCommands,
  ...usageCommands,
  ...creditCommands,
  ...invoiceCommands,
  ...priceCommands,
  ...operatingCommands,
  ...eventCommands,
];
