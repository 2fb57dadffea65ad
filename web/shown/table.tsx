// A table by its columns, and the pages of one that comes a page at a time.
import { type ReactNode, useState } from 'react';
import type { Question } from '../data/questions';
import { useAnswer } from '../data/use-answer';
import { Loading } from './states';

/** `wide`: left out on narrow screens, where a row says it beneath its heading. */
export type Column = { readonly name: string; readonly kind?: 'number' | 'wide' | 'number wide' };

type TableProps = {
  readonly columns: readonly Column[];
  readonly className?: string;
  readonly caption?: string;
  /** Its bodies. */
  readonly children: ReactNode;
};

export function Table({ columns, className = 'usage', caption, children }: TableProps) {
  return (
    <table className={className}>
      {caption === undefined ? undefined : <caption className="sr-only">{caption}</caption>}
      <thead>
        <tr>
          {columns.map(({ name, kind }) => (
            <th key={name} scope="col" className={kind}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      {children}
    </table>
  );
}

type PagesProps<Page> = {
  readonly ask: (cursor?: string) => Question<Page>;
  readonly columns: readonly Column[];
  /** The rows of a page. */
  readonly children: (page: Page) => ReactNode;
  readonly cursor?: string;
};

/** The pages of a list: the first, and each next one beneath it once somebody wants it. */
export function Pages<Page extends { readonly next?: string }>({ ask, columns, children, cursor }: PagesProps<Page>) {
  const { value, failure } = useAnswer(ask(cursor));
  const [isWanted, setWanted] = useState(false);
  if (value === undefined) {
    return (
      <tbody aria-busy={failure === undefined}>
        <tr>
          <td colSpan={columns.length}>
            <Loading failure={failure} />
          </td>
        </tr>
      </tbody>
    );
  }
  return (
    <>
      <tbody>{children(value)}</tbody>
      {value.next === undefined ? undefined : isWanted ? (
        <Pages ask={ask} columns={columns} cursor={value.next}>
          {children}
        </Pages>
      ) : (
        <tbody>
          <MoreRow columns={columns.length} onMore={() => setWanted(true)} />
        </tbody>
      )}
    </>
  );
}

/** The last row where there is more than is shown. */
export function MoreRow(props: {
  readonly columns: number;
  readonly onMore: () => void;
  readonly children?: ReactNode;
}) {
  const { columns, onMore, children = 'Show more' } = props;
  return (
    <tr>
      <td colSpan={columns}>
        <button type="button" className="quiet" onClick={onMore}>
          {children}
        </button>
      </td>
    </tr>
  );
}
