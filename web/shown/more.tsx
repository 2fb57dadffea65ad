// The rest of a list that comes a page at a time: fetched when somebody wants it, beneath what is there.
import { type ReactNode, useState } from 'react';

type Props = {
  /** The cursor of the next page; undefined where there is none. */
  readonly of: string | undefined;
  readonly columns: number;
  readonly children: (cursor: string) => ReactNode;
};

export function More({ of, columns, children }: Props) {
  const [isWanted, setWanted] = useState(false);
  if (of === undefined) return undefined;
  if (isWanted) return children(of);
  return (
    <tbody>
      <tr>
        <td colSpan={columns}>
          <button type="button" className="quiet" onClick={() => setWanted(true)}>
            Show more
          </button>
        </td>
      </tr>
    </tbody>
  );
}
