// From the first release on a merged migration never changes: databases out there have run it as it was.
import { createHash } from 'node:crypto';

/** The SHA-256 of each released migration's SQL. Filled with the release that CHANGELOG calls 1.0, then only added to. */
export const frozen: Readonly<Record<string, string>> = {};

type Migrations = readonly { readonly name: string; readonly up: string }[];

export function checksumOf(up: string): string {
  return createHash('sha256').update(up).digest('hex');
}

/** What is wrong with the migrations of a project whose changelog this is; nothing before its first release. */
export function frozenFaults(project: {
  readonly changelog: string;
  readonly migrations: Migrations;
  readonly frozen: Readonly<Record<string, string>>;
}): readonly string[] {
  const { changelog, migrations } = project;
  const isReleased = /^## v?[1-9]\d*\.\d+/m.test(changelog);
  const names = new Set(migrations.map(({ name }) => name));
  const gone = Object.keys(project.frozen).filter((name) => !names.has(name));
  const faults = gone.map((name) => `${name} was released and is gone`);
  for (const { name, up } of migrations) {
    const released = project.frozen[name];
    if (released !== undefined && released !== checksumOf(up))
      faults.push(`${name} was released and has changed since`);
    if (released === undefined && isReleased) faults.push(`${name} is not frozen: add ${checksumOf(up)}`);
  }
  return faults;
}
