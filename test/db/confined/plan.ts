// What a statement's plan says of the workspaces that it touches. Postgres has put views in their places, resolved every name and
// carried equalities over joins by then, so this only has to gather what stands in the conditions of its nodes.
import { equalitiesOf, type Term, termOf } from './expressions';

export type PlanNode = {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Relation Name'?: string;
  readonly Alias?: string;
  readonly Operation?: string;
  readonly Output?: readonly string[];
  readonly Plans?: readonly PlanNode[];
} & Readonly<Record<string, unknown>>;

/** How to read a plan: names of the parameters by place, and of each distributed table its column and that column's place. */
export type Reading = {
  readonly parameters: readonly string[];
  readonly distributed: ReadonlyMap<string, { readonly column: string; readonly at: number }>;
  /** Partitions, one a table, with the table that they are of: of one a plan speaks as of the table. */
  readonly partitions: ReadonlyMap<string, string>;
};

export type Touch = {
  /** Tables that the plan reads or writes. */
  readonly tables: ReadonlySet<string>;
  /** Distributed tables by the group that their workspaces are equal in; one that a parameter gives is called by that. */
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
};

export function readPlan(root: PlanNode, reading: Reading): Touch {
  const nodes = [...below(root)];
  const { groupOf } = gather(nodes, reading);
  const tables = new Set<string>();
  const groups = new Map<string, Set<string>>();
  for (const node of nodes) {
    // What is updated or deleted is scanned beneath.
    if (node['Node Type'] === 'ModifyTable' && node.Operation !== 'Insert') continue;
    const table = tableOf(node, reading);
    if (table === undefined) continue;
    tables.add(table);
    const key = reading.distributed.get(table);
    if (key === undefined) continue;
    const group = groupOf(columnKey(node.Alias ?? table, key.column));
    groups.set(group, (groups.get(group) ?? new Set()).add(table));
  }
  return { tables, groups };
}

function* below(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const each of node.Plans ?? []) yield* below(each);
}

// Sets of terms that are equal, by one of them; a set with something that was given is called by that.
class Equals {
  readonly #parents = new Map<string, string>();

  find = (key: string): string => {
    const parent = this.#parents.get(key);
    return parent === undefined ? key : this.find(parent);
  };

  /** Answers whether that is news. */
  join(one: string, other: string): boolean {
    const [a, b] = [this.find(one), this.find(other)];
    if (a === b) return false;
    if (a.startsWith('given ') && b.startsWith('given ')) return false;
    if (a.startsWith('given ')) this.#parents.set(b, a);
    else this.#parents.set(a, b);
    return true;
  }
}

const conditions = ['Index Cond', 'Recheck Cond', 'Filter', 'Hash Cond', 'Merge Cond', 'Join Filter', 'TID Cond'];

function gather(nodes: readonly PlanNode[], reading: Reading) {
  const equals = new Equals();
  const key = (expression: string) => keyOf(termOf(expression, reading.parameters));
  const both = ([one, other]: readonly [string, string]) => {
    const [a, b] = [key(one), key(other)];
    if (a !== undefined && b !== undefined) equals.join(a, b);
  };
  for (const node of nodes) {
    for (const pair of hashedIn(node)) both(pair);
    // Beneath a bitmap several conditions may be alternatives: they stand together in its own.
    if (node['Node Type'] === 'Bitmap Index Scan') continue;
    for (const condition of conditions) {
      const text = node[condition];
      if (typeof text === 'string') for (const pair of equalitiesOf(text)) both(pair);
    }
  }
  // What a row of a sub-plan is called where it is used; a union's is what all of its branches are.
  const passed = nodes.flatMap((node) => passedOn(node, nodes, reading));
  for (let isNews = true; isNews; ) {
    isNews = false;
    for (const { to, from } of passed) {
      const found = from.map((expression) => key(expression)).map((each) => each && equals.find(each));
      const [first] = found;
      if (first !== undefined && found.every((each) => each === first) && equals.join(first, to)) isNews = true;
    }
  }
  joinByPlace(nodes, reading, equals);
  return { groupOf: equals.find };
}

/** Rows of a table that lie in the same place are the same row. */
function joinByPlace(nodes: readonly PlanNode[], reading: Reading, equals: Equals): void {
  const first = new Map<string, string>();
  for (const node of nodes) {
    const table = tableOf(node, reading);
    const key = table === undefined ? undefined : reading.distributed.get(table);
    if (key === undefined || node.Alias === undefined) continue;
    const place = `${table} ${equals.find(columnKey(node.Alias, 'ctid'))}`;
    const own = columnKey(node.Alias, key.column);
    equals.join(first.get(place) ?? own, own);
    first.set(place, own);
  }
}

const hashed = /((?:\w+|"[^"]+")\.\w+)\)?(?:::\w+)? = (\(hashed SubPlan \d+\)\.col\d+)/g;

/** What is looked up in the answers of a sub-plan, wherever that is asked: a sub-plan that is not hashed has it inside. */
function* hashedIn(node: PlanNode): Generator<readonly [string, string]> {
  for (const value of Object.values(node)) {
    const texts = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
    for (const [, one = '', other = ''] of texts.flatMap((text) => [...text.matchAll(hashed)])) yield [one, other];
  }
}

type Passed = { readonly to: string; readonly from: readonly string[] };

function passedOn(node: PlanNode, nodes: readonly PlanNode[], reading: Reading): readonly Passed[] {
  const table = tableOf(node, reading);
  if (node['Operation'] === 'Insert' && table !== undefined) {
    const key = reading.distributed.get(table);
    const child = node.Plans?.find((each) => each['Parent Relationship'] === 'Outer');
    if (key === undefined || child === undefined) return [];
    return [{ to: columnKey(node.Alias ?? table, key.column), from: outputsAt(child, key.at) }];
  }
  const source = sourceOf(node, nodes);
  const columns = source === undefined || node.Alias === undefined ? [] : columnsOf(node, source, reading);
  const plan = node['Subplan Name'] ?? '';
  if (!plan.includes('Plan ')) return columns;
  return [...columns, { to: keyOf({ kind: 'answer', plan, at: 0 }) ?? '', from: outputsAt(node, 0) }];
}

function sourceOf(node: PlanNode, nodes: readonly PlanNode[]): PlanNode | undefined {
  if (node['Node Type'] === 'Subquery Scan')
    return node.Plans?.find((each) => each['Parent Relationship'] === 'Subquery');
  return node['CTE Name'] === undefined
    ? undefined
    : nodes.find((each) => each['Subplan Name'] === `CTE ${node['CTE Name']}`);
}

const workspaceNames = ['workspace_id', 'workspace', 'owner'];

/** Columns of a scan of a sub-plan, by their names: by their places they cannot be told, as a scan may list them in any order. */
function columnsOf(node: PlanNode, source: PlanNode, reading: Reading): readonly Passed[] {
  const alias = node.Alias ?? '';
  const given = (outputs(source)[0] ?? []).map((each) => termOf(each, reading.parameters));
  const placesOf = (isMeant: (term: Term) => boolean) =>
    given.flatMap((term, at) => (term !== undefined && isMeant(term) ? [at] : []));
  const names = new Set([
    ...given.flatMap((term) => (term?.kind === 'column' ? [term.column] : [])),
    ...workspaceNames,
  ]);
  return [...names].flatMap((name) => {
    const own = placesOf((term) => term.kind === 'column' && term.column === name);
    const places =
      own.length > 0 || !workspaceNames.includes(name) ? own : placesOf((term) => isWorkspace(term, reading));
    const told = new Set(places.map((at) => keyOf(given[at])));
    const [at] = places;
    return at === undefined || told.size > 1 ? [] : [{ to: columnKey(alias, name), from: outputsAt(source, at) }];
  });
}

/** Whether it is a workspace by what it is called, where the column that it becomes is called otherwise. */
function isWorkspace(term: Term, { distributed }: Reading): boolean {
  if (term.kind === 'given') return term.name === ':workspace';
  if (term.kind !== 'column') return false;
  return workspaceNames.includes(term.column) || distributed.get(term.alias)?.column === term.column;
}

function outputs(node: PlanNode): readonly (readonly string[])[] {
  if (node.Output !== undefined) return [node.Output];
  const members = (node.Plans ?? []).filter((each) => each['Parent Relationship'] === 'Member');
  if (members.length > 0) return members.flatMap(outputs);
  const child = node.Plans?.find((each) => each['Parent Relationship'] === 'Outer');
  return child === undefined ? [] : outputs(child);
}

function outputsAt(node: PlanNode, at: number): readonly string[] {
  return outputs(node).map((listed) => listed[at] ?? '');
}

function tableOf(node: PlanNode, { partitions }: Reading): string | undefined {
  const relation = node['Relation Name'];
  return relation === undefined ? undefined : (partitions.get(relation) ?? relation);
}

function columnKey(alias: string, column: string): string {
  return `column ${alias}.${column}`;
}

function keyOf(term: Term | undefined): string | undefined {
  if (term === undefined) return undefined;
  if (term.kind === 'column') return columnKey(term.alias, term.column);
  return term.kind === 'given' ? `given ${term.name}` : `answer ${term.plan} ${term.at}`;
}
