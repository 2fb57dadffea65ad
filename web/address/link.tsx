// A link within the page: a real one, so that it can be copied and opened in a tab of its own.
import type { ComponentProps, MouseEvent } from 'react';
import { go } from './history';
import { root } from './root';

type LinkProps = Omit<ComponentProps<'a'>, 'href'> & { readonly to: string };

export function Link({ to, onClick, ...more }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    go(to);
  };
  return <a href={root + to} onClick={follow} {...more} />;
}
