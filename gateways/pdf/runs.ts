// A line as runs of one font and one direction each: in the order of reading, each knowing where it stands in sight.
import type { Face } from './faces';
import type { Direction } from './shaping';

/** `x` and `width` are in em, `x` from the line's left edge. */
export type Run = {
  readonly face: Face;
  readonly text: string;
  readonly direction: Direction;
  readonly x: number;
  readonly width: number;
};

/** Runs in the order of reading; width in em. */
export type Line = { readonly runs: readonly Run[]; readonly width: number };

/** What a user sees as one character, with its level by the bidi algorithm (odd: right to left). */
export type Cluster = { readonly text: string; readonly level: number; readonly face: Face };

export const ascii = /^[\x20-\x7e]*$/;
/** Has no direction and no script of its own. */
export const neutral = /^[\p{P}\p{Z}\p{S}]+$/u;

/** Without the spaces at the end, which a line does not draw. */
export function withoutSpace(clusters: readonly Cluster[]): readonly Cluster[] {
  const end = clusters.findLastIndex((cluster) => cluster.text !== ' ' && cluster.text !== '');
  return clusters.slice(0, end + 1);
}

/** In em, as the clusters stand together. */
export function widthOf(clusters: readonly Cluster[]): number {
  return groupsOf(clusters).reduce((width, group) => width + group.width, 0);
}

/** The clusters, in the order of reading, as a line. */
export function lineOf(clusters: readonly Cluster[]): Line {
  const groups = groupsOf(withoutSpace(clusters));
  let width = 0;
  const runs = inSight(groups).map((group) => {
    const run = { ...group, x: width };
    width += group.width;
    return run;
  });
  return { runs: runs.sort((one, other) => one.at - other.at), width };
}

/** A run before it has its place; `at` is its place in the order of reading. */
type Group = Omit<Run, 'x'> & { readonly level: number; readonly at: number };

function groupsOf(clusters: readonly Cluster[]): Group[] {
  const alike: Cluster[][] = [];
  for (const cluster of clusters) {
    const last = alike.at(-1);
    const [first] = last ?? [];
    if (last && first?.face === cluster.face && first.level === cluster.level) last.push(cluster);
    else alike.push([cluster]);
  }
  return alike.flatMap((group, at) => {
    const [first] = group;
    const text = group.map((cluster) => cluster.text).join('');
    if (first === undefined || text === '') return [];
    const { face, level } = first;
    const direction: Direction = level % 2 === 1 ? 'rtl' : 'ltr';
    return [{ face, level, text, direction, at, width: face.widthOf(text, direction) }];
  });
}

/** Rule L2 of the algorithm: from the highest level down to the lowest odd one, whatever stands at it or above turns. */
function inSight(groups: readonly Group[]): Group[] {
  let order = [...groups];
  for (let level = Math.max(0, ...groups.map((group) => group.level)); level > 0; level--) {
    const turned: Group[] = [];
    for (let at = 0; at < order.length; ) {
      let end = at;
      while ((order[end]?.level ?? -1) >= level) end++;
      turned.push(...order.slice(at, end).reverse(), ...order.slice(end, end + 1));
      at = end + 1;
    }
    order = turned;
  }
  return order;
}
