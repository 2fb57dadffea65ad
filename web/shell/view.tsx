// The frame of a view: its heading, what can be chosen beside it, and where its figures are in the API.
import { type ReactNode, useContext } from 'react';
import { root } from '../address/root';
import type { Question } from '../data/questions';
import { Loading } from '../shown/states';
import { PlatformContext } from './session';

type Props = {
  readonly title: string;
  /** Beside the heading: what can be chosen. */
  readonly tools?: ReactNode;
  /** Beneath the heading: since when or until when the figures are right. */
  readonly said?: ReactNode;
  /** Whether all is there that the view shows: it is drawn once, so that nothing moves. */
  readonly isReady: boolean;
  /** The addresses that the view was read from. */
  readonly twins?: readonly { readonly name: string; readonly of: Question<unknown> }[];
  readonly children: ReactNode;
};

export function View({ title, tools, said, isReady, twins = [], children }: Props) {
  const platform = useContext(PlatformContext);
  return (
    <article className="view">
      <title>{`${title} · ${platform.name}`}</title>
      <div className="heading">
        <h1 tabIndex={-1}>{title}</h1>
        {tools}
      </div>
      {said === undefined ? undefined : <p className="said">{said}</p>}
      {isReady ? children : <Loading />}
      {twins.length === 0 || !isReady ? undefined : (
        <p className="twins">
          As JSON:{' '}
          {twins.map(({ name, of }) => (
            <a key={of.path} href={root + of.path}>
              {name}
            </a>
          ))}
        </p>
      )}
    </article>
  );
}
