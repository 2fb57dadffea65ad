// The few figures that a view is about, the first one greatest.
import type { ReactNode } from 'react';

export type Figure = { readonly name: string; readonly value: ReactNode; readonly said?: ReactNode };

export function Figures({ of }: { readonly of: readonly (Figure | undefined)[] }) {
  return (
    <dl className="figures">
      {of.map((figure) =>
        figure === undefined ? undefined : (
          <div key={figure.name}>
            <dt>{figure.name}</dt>
            <dd>
              <span className="value">{figure.value}</span>
              <span className="note">{figure.said ?? '\u00a0'}</span>
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}
