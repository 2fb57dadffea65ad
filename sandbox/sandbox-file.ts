// Leaves sandbox.json behind for whoever looks for this Minutebook.

import { type SandboxFile, sandboxFile } from '../runtime/sandbox-file';
import { writePrivateFile } from './private-file';

export function writeSandboxFile(home: string, content: SandboxFile): void {
  writePrivateFile(sandboxFile(home), `${JSON.stringify(content, null, 2)}\n`);
}
