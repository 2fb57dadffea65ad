// Compares what was billed with figures worked out elsewhere, exactly. Both sides become figures of the same kinds ("list
// amount in nano-dollars of a workspace"), each of which is of something ("trace-00").

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { roundToCentsHalfUp } from '../../domain/money';
import { ReplayError } from '../errors';
import { amount } from './amounts';
import type { Billed } from './invoices';

/** By kind, and then by what it is of. */
export type Figures = ReadonlyMap<string, ReadonlyMap<string, string>>;
export type Difference = {
  readonly kind: string;
  readonly of: string;
  readonly expected: string;
  readonly came: string;
};

/** The sections of the file, with the columns that say what an entry is of. Other columns are its figures. */
const sections = {
  totals: [],
  prices: ['instance_type'],
  workspaces: ['workspace'],
  usage: ['workspace', 'model', 'version', 'instance_type'],
  active_by_version: ['workspace', 'model', 'version'],
  active_by_model: ['workspace', 'model'],
} as const;

type Section = keyof typeof sections;

const accountFigures = [
  ...['billable_replica_minutes', 'deploying_minutes', 'serving_minutes', 'gross_nano', 'volume_discount_nano'],
  ...['program_discount_nano', 'discount_nano', 'credits_applied_nano', 'due_nano', 'due_cents'],
];

/** The figures of a section that Minutebook shows. A file may hold others, of its own making; they are not compared. */
const compared: { readonly [section in Section]: readonly string[] } = {
  totals: accountFigures,
  prices: ['nano_per_minute'],
  workspaces: accountFigures,
  usage: ['billable_replica_minutes', 'deploying_minutes', 'serving_minutes', 'list_nano'],
  active_by_version: ['active_minutes'],
  active_by_model: ['active_minutes'],
};

/** The expected figures of a file. Throws ReplayError where it is none. */
export function readExpectation(file: string): Figures {
  try {
    const figures = expectedFigures(JSON.parse(readFileSync(file, 'utf8')) as unknown);
    if (figures.size > 0) return figures;
  } catch (error) {
    throw new ReplayError(`${path.basename(file)} is not usable: ${error instanceof Error ? error.message : error}`);
  }
  throw new ReplayError(`${path.basename(file)} holds no figures to compare with`);
}

export function expectedFigures(content: unknown): Figures {
  const figures = new FigureList();
  for (const section of Object.keys(sections) as Section[]) {
    for (const entry of entriesOf(content, section)) {
      const of = sections[section].map((column) => String(entry[column])).join(' ');
      for (const field of compared[section]) {
        const value = entry[field];
        if (value !== undefined) figures.add(section, field, of, BigInt(value as string | number));
      }
    }
  }
  return figures.byKind;
}

type Entry = { readonly [field: string]: unknown };

function entriesOf(content: unknown, section: Section): readonly Entry[] {
  const value = (content as { readonly [name in Section]?: unknown })[section];
  return value === undefined ? [] : Array.isArray(value) ? (value as Entry[]) : [value as Entry];
}

/** The same figures as Minutebook shows them, those of a month out of one answer: its dashboard has the invoice's bill. */
export function billedFigures(billed: readonly Billed[]): Figures {
  const figures = new FigureList();
  for (const { workspace, dashboard, invoice } of billed) {
    if (invoice !== undefined) addBill(figures, workspace, dashboard.bill);
    for (const model of dashboard.models) {
      figures.add('active_by_model', 'active_minutes', `${workspace} ${model.model}`, model.activeMinutes);
      for (const version of model.versions) {
        const of = `${workspace} ${model.model} ${version.version}`;
        figures.add('active_by_version', 'active_minutes', of, version.activeMinutes);
        for (const each of version.instanceTypes) addUsage(figures, { workspace, of, each });
      }
    }
  }
  return figures.byKind;
}

function addBill(figures: FigureList, workspace: string, bill: Billed['dashboard']['bill']): void {
  const [volume, program] = [amount(bill.volumeDiscount), amount(bill.programDiscount)];
  const add = (field: string, value: bigint) => addToAccount(figures, workspace, field, value);
  add('gross_nano', amount(bill.listAmount));
  add('volume_discount_nano', volume);
  add('program_discount_nano', program);
  add('discount_nano', volume + program);
  add('credits_applied_nano', amount(bill.creditsApplied));
  add('due_nano', amount(bill.amountDue));
  add('due_cents', roundToCentsHalfUp(amount(bill.total)));
}

type InstanceUsage = Billed['dashboard']['models'][number]['versions'][number]['instanceTypes'][number];

function addUsage(
  figures: FigureList,
  { workspace, of, each }: { readonly workspace: string; readonly of: string; readonly each: InstanceUsage },
): void {
  const minutes = {
    billable_replica_minutes: each.replicaMinutes,
    deploying_minutes: each.phases.deploying ?? 0,
    serving_minutes: each.phases.serving ?? 0,
  };
  for (const [field, value] of Object.entries(minutes)) {
    figures.add('usage', field, `${of} ${each.instanceType}`, value);
    addToAccount(figures, workspace, field, BigInt(value));
  }
  figures.add('usage', 'list_nano', `${of} ${each.instanceType}`, amount(each.listAmount));
  figures.set('prices', 'nano_per_minute', each.instanceType, amount(each.usdPerMinute));
}

function addToAccount(figures: FigureList, workspace: string, field: string, value: bigint): void {
  figures.add('workspaces', field, workspace, value);
  figures.add('totals', field, '', value);
}

class FigureList {
  readonly byKind = new Map<string, Map<string, string>>();

  /** Adds to what is there: an instance type with two prices in a month has two entries. */
  add(section: Section, field: string, of: string, value: bigint | number): void {
    const before = this.byKind.get(`${section} ${field}`)?.get(of) ?? '0';
    this.set(section, field, of, BigInt(before) + BigInt(value));
  }

  set(section: Section, field: string, of: string, value: bigint): void {
    const kind = `${section} ${field}`;
    const ofKind = this.byKind.get(kind) ?? new Map<string, string>();
    this.byKind.set(kind, ofKind.set(of, value.toString()));
  }
}

/** Every figure that differs, or that one side alone has. Kinds that the expectation does not hold are not compared. */
export function differences(expected: Figures, came: Figures): Difference[] {
  return [...expected].flatMap(([kind, wanted]) => {
    const got = came.get(kind) ?? new Map<string, string>();
    const ofs = [...new Set([...wanted.keys(), ...got.keys()])];
    return ofs
      .map((of) => ({ kind, of, expected: wanted.get(of) ?? 'nothing', came: got.get(of) ?? 'nothing' }))
      .filter((figure) => figure.expected !== figure.came);
  });
}

const shownMax = 40;

/** What to print, and whether it holds. */
export function judge(
  expected: Figures,
  billed: readonly Billed[],
): { readonly holds: boolean; readonly says: string } {
  const months = new Set(billed.map(({ month }) => month));
  if (months.size > 1)
    return { holds: false, says: 'Not compared: the expectation is of one month, the usage is of several.' };
  const found = differences(expected, billedFigures(billed));
  const count = [...expected.values()].reduce((sum, ofKind) => sum + ofKind.size, 0);
  if (found.length === 0)
    return { holds: true, says: `As expected: all ${count} figures are equal, to the nano-dollar.` };
  const shown = found.slice(0, shownMax).map(({ kind, of, ...each }) => {
    return `  ${[kind, of].join(' ').trim()}: expected ${each.expected}, came ${each.came}`;
  });
  if (found.length > shownMax) shown.push(`  and ${found.length - shownMax} more`);
  return {
    holds: false,
    says: [`Not as expected: ${found.length} figures differ (${count} compared).`, ...shown].join('\n'),
  };
}
