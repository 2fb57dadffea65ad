// A row that folds out: its heading is the button, and says for whoever listens what it opens.
import type { ReactNode } from 'react';

type Props = {
  readonly name: string;
  /** Beneath the name. */
  readonly under?: ReactNode;
  /** The id of what is behind it, while that is there. */
  readonly opens: string;
  readonly isOpen: boolean;
  readonly onFold: () => void;
  readonly className?: string;
  /** Its cells. */
  readonly children: ReactNode;
};

export function FoldRow({ name, under, opens, isOpen, onFold, className, children }: Props) {
  return (
    <tr className={className}>
      <th scope="row">
        <button
          type="button"
          className="fold"
          aria-expanded={isOpen}
          aria-controls={isOpen ? opens : undefined}
          onClick={onFold}
        >
          {name}
        </button>
        {under === undefined ? undefined : <span className="under">{under}</span>}
      </th>
      {children}
    </tr>
  );
}
