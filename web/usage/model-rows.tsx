// A model's rows: itself, and what is behind it once it is folded out. Only what is folded out is drawn.
import { useId, useMemo, useState } from 'react';
import { FoldRow } from '../shown/fold-row';
import { count, dollars, duration } from '../shown/format';
import { MoreRow } from '../shown/table';
import { counted } from '../shown/words';
import { LineRow } from './line-row';
import { type Model, type parseSorting, sorted, type Version } from './rows';

type Props = {
  readonly model: Model;
  readonly period: string;
  readonly sorting: ReturnType<typeof parseSorting>;
  readonly isOpen: boolean;
  readonly onFold: (isOpen: boolean) => void;
};

export function ModelRows({ model, period, sorting, isOpen, onFold }: Props) {
  const id = useId();
  const { versions } = model;
  return (
    <>
      <tbody className="model">
        <FoldRow
          name={model.model}
          under={
            <>
              {versions.length === 1 ? undefined : counted(versions.length, 'version')}
              <span className="narrow">
                {versions.length === 1 ? undefined : ' · '}
                {duration(model.activeMinutes)} active · {count(model.replicaMinutes)} replica-minutes
              </span>
            </>
          }
          opens={id}
          isOpen={isOpen}
          onFold={() => onFold(!isOpen)}
        >
          <Figures of={model} />
        </FoldRow>
      </tbody>
      {isOpen ? (
        // Sorted otherwise, it begins at its top: hundreds of rows that change their places take a browser half a second.
        <Versions key={`${sorting.by} ${sorting.isReversed}`} {...{ id, model, period, sorting }} />
      ) : undefined}
    </>
  );
}

export function Figures({ of }: { readonly of: Pick<Model, 'activeMinutes' | 'replicaMinutes' | 'listAmount'> }) {
  return (
    <>
      <td className="number wide">{duration(of.activeMinutes)}</td>
      <td className="number wide">{count(of.replicaMinutes)}</td>
      <td className="number">{dollars(of.listAmount)}</td>
    </>
  );
}

// A thousand versions would take the browser a second to lay out, and nobody reads them at once.
const atOnce = 50;
const moreAtOnce = 100;

function Versions({
  id,
  model,
  period,
  sorting,
}: { readonly id: string } & Pick<Props, 'model' | 'period' | 'sorting'>) {
  const [shown, setShown] = useState(atOnce);
  const { by, isReversed } = sorting;
  const versions = useMemo(
    () => sorted(model.versions, { by, isReversed }, (each) => each.version),
    [model.versions, by, isReversed],
  );
  const left = versions.length - shown;
  return (
    <tbody className="versions" id={id}>
      {versions.slice(0, shown).map((version) => (
        <VersionRows key={version.version} model={model.model} version={version} period={period} />
      ))}
      {left <= 0 ? undefined : (
        <MoreRow columns={4} onMore={() => setShown(shown + moreAtOnce)}>
          Show {count(Math.min(left, moreAtOnce))} more of {counted(versions.length, 'version')}
        </MoreRow>
      )}
    </tbody>
  );
}

/** A version's own row where it ran on several instance types or at several prices; else one row says it all. */
function VersionRows(props: { readonly model: string; readonly version: Version; readonly period: string }) {
  const { model, version, period } = props;
  const { instanceTypes } = version;
  const isSplit = instanceTypes.length > 1;
  return (
    <>
      {isSplit ? (
        <tr className="version">
          <th scope="row">
            {version.version}
            <span className="under">{counted(instanceTypes.length, 'line')}</span>
          </th>
          <Figures of={version} />
        </tr>
      ) : undefined}
      {instanceTypes.map((each) => (
        <LineRow
          key={`${each.instanceType} ${each.usdPerMinute}`}
          line={{ model, version: version.version, instanceType: each.instanceType }}
          usage={each}
          activeMinutes={isSplit ? undefined : version.activeMinutes}
          period={period}
          isDeep={isSplit}
          named={isSplit ? each.instanceType : version.version}
        />
      ))}
    </>
  );
}
