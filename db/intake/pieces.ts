// Reports as the pieces of hours that they are stored as, in the form that a statement takes.
import { piecesOf } from '../../domain/minutes';
import { phases, type UsageReport } from '../../domain/usage';
import { numberArray, textArray } from '../connection/statement';
import type { ReplicaKey } from './replicas';

/** SQL: `unnest (...) as piece (ordinal, replica_id, hour, hours, phase, mask)` of what `pieceBindings` lists. */
export const listedPieces = `
  unnest(:workspace_ordinals::int[], :replicas::int8[], :hours_from::int[], :hours::int2[], :phases::int2[],
    :masks::int8[]) as piece (ordinal, replica_id, hour, hours, phase, mask)`;

/** Each report with the key of its replica, and the sum of their prints, a piece one; workspaces are listed once and named by their place in that list. */
export function pieceBindings(reports: readonly UsageReport[], keys: readonly ReplicaKey[]) {
  const ordinals = new Map<string, number>();
  const columns: {
    of: number[];
    replicas: number[];
    from: number[];
    hours: number[];
    phases: number[];
    masks: bigint[];
  } = { of: [], replicas: [], from: [], hours: [], phases: [], masks: [] };
  let prints = 0;
  reports.forEach((report, index) => {
    const { id, print } = keys[index] as ReplicaKey;
    let ordinal = ordinals.get(report.workspace);
    if (ordinal === undefined) {
      ordinal = ordinals.size + 1;
      ordinals.set(report.workspace, ordinal);
    }
    const phase = phases.indexOf(report.phase);
    for (const piece of piecesOf(report.fromMs, report.toMs)) {
      columns.of.push(ordinal);
      columns.replicas.push(id);
      prints += print;
      columns.from.push(piece.hour);
      columns.hours.push(piece.hours);
      columns.phases.push(phase);
      columns.masks.push(piece.mask);
    }
  });
  return {
    workspaces: textArray([...ordinals.keys()]),
    workspace_ordinals: numberArray(columns.of),
    replicas: numberArray(columns.replicas),
    hours_from: numberArray(columns.from),
    hours: numberArray(columns.hours),
    phases: numberArray(columns.phases),
    masks: numberArray(columns.masks),
    prints,
  };
}
